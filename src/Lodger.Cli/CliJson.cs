using System.Text.Json.Serialization;
using Lodger.Domain.Profile;

namespace Lodger.Cli;

/// <summary>JSON that the command prints and the server does not speak.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(PlatformProfile))]
[JsonSerializable(typeof(Text.VerifiedDirectory))]
[JsonSerializable(typeof(Text.InspectedFiles))]
[JsonSerializable(typeof(Text.InspectedDiff))]
[JsonSerializable(typeof(Text.ExplainedRule[]))]
[JsonSerializable(typeof(Text.SimulatedPolicies))]
[JsonSerializable(typeof(Commands.CopiedBundle))]
[JsonSerializable(typeof(Commands.DashboardAddress))]
[JsonSerializable(typeof(Commands.ServerStatus))]
[JsonSerializable(typeof(Commands.MovedDatabase))]
[JsonSerializable(typeof(Commands.BackedUpDatabase))]
[JsonSerializable(typeof(Commands.LoggedIn))]
[JsonSerializable(typeof(Commands.StoredKey[]))]
[JsonSerializable(typeof(Commands.MadeKey))]
[JsonSerializable(typeof(Commands.LoggedInToServer))]
[JsonSerializable(typeof(Commands.SshAlias))]
[JsonSerializable(typeof(Commands.SelfCheckItem[]))]
[JsonSerializable(typeof(Commands.WrittenSpec))]
[JsonSerializable(typeof(Commands.ImportedSpec))]
[JsonSerializable(typeof(Jobs.SweepCell[]))]
[JsonSerializable(typeof(Jobs.AllDown))]
[JsonSerializable(typeof(Jobs.ResultsHere))]
[JsonSerializable(typeof(Rehearsal.RehearsalReport))]
internal sealed partial class CliJson : JsonSerializerContext;
