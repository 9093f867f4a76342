using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Domain.Problems;
using Lodger.Vast.Credentials;

namespace Lodger.Cli.Composition;

/// <summary>Which account a command uses.</summary>
internal static class AccountNames
{
    public const string Local = "local";

    /// <summary>The name under which a key of the official client is used when nobody logged in under it.</summary>
    public const string Official = "vastai";

    /// <summary>Named on the command line, else LODGER_ACCOUNT, else the default that login stored, else the local marketplace.</summary>
    public static Outcome<string> Choose(Surroundings around, string? market, string? account)
    {
        if (market is { Length: > 0 } and not Local)
            return new Problem("market-unknown", $"'{market}' is no market; the one that can be named is local.", "For real money name an account:  --account NAME  (see lodger login)", ExitCode.BadInput);
        if (market == Local && account is not (null or Local))
            return new Problem("market-and-account", $"--market local and --account {account} exclude each other.", "Give one of them.", ExitCode.BadInput);
        if ((market ?? account ?? around.Variable("LODGER_ACCOUNT")) is { Length: > 0 } named)
            return named;
        return around.Places().Then<string>(places => Default(places) ?? Local);
    }

    public static Outcome<ApiKey> KeyOf(IReadOnlyDictionary<string, string> environment, string name)
    {
        var stored = ApiKeys.OfAccount(environment, name);
        return name == Official && !stored.IsOk && stored.Problem.Id == "no-key" ? ApiKeys.Official(environment) : stored;
    }

    public static string? Default(Places places)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(places.Settings), SettingsJson.Default.Settings)?.Account;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    public static Outcome<Done> SetDefault(Places places, string account)
    {
        if (Places.MakePrivate(places.Config) is { IsOk: false, Problem: { } unusable })
            return unusable;
        var fresh = places.Settings + ".new";
        File.WriteAllBytes(fresh, JsonSerializer.SerializeToUtf8Bytes(new Settings(account), SettingsJson.Default.Settings));
        File.Move(fresh, places.Settings, overwrite: true);
        return Done.Ok;
    }
}

/// <summary>The user's settings file.</summary>
/// <param name="Account">Used when a command names none.</param>
internal sealed record Settings(string? Account);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Settings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
