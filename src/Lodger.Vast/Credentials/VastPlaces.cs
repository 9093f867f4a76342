using Lodger.Domain.Problems;

namespace Lodger.Vast.Credentials;

/// <summary>Where settings live on this machine, from an environment that is passed in.</summary>
internal sealed record VastPlaces(string ConfigDirectory, string Home)
{
    public string OfficialKey => Path.Combine(ConfigDirectory, "vastai", "vast_api_key");

    public string OfficialKeyBeforeXdg => Path.Combine(Home, ".vast_api_key");

    public string Accounts => Path.Combine(ConfigDirectory, "lodger", "accounts");

    public string AccountKey(string account) => Path.Combine(Accounts, account + ".key");

    public static Outcome<VastPlaces> Of(IReadOnlyDictionary<string, string> environment)
    {
        var home = environment.GetValueOrDefault("HOME", "");
        var config = environment.GetValueOrDefault("XDG_CONFIG_HOME", "");
        // The XDG rule: a relative path there is invalid and ignored.
        if (!Path.IsPathRooted(config)) config = home.Length > 0 ? Path.Combine(home, ".config") : "";
        return config.Length > 0
            ? new VastPlaces(config, home)
            : new Problem("no-home", "Neither HOME nor XDG_CONFIG_HOME is set, so there is no place for settings.", "Set HOME.", ExitCode.Prerequisite);
    }
}
