using System.Text.Json.Serialization;

namespace Lodger.Engine.Journal;

/// <summary>How events are stored. Old journals must stay readable: members are added, never renamed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Domain.Jobs.JobEvent))]
[JsonSerializable(typeof(Domain.Volumes.VolumeAct))]
internal sealed partial class JournalJson : JsonSerializerContext;
