using System.Text;
using Lodger.Domain.Problems;

namespace Lodger.Vast.Credentials;

/// <summary>Finds, keeps and lists API keys. The environment is passed in.</summary>
public static class ApiKeys
{
    private const int KeyCharsMax = 4096;

    /// <summary>An encrypted one is longer than what is in it.</summary>
    private const int FileBytesMax = 3 * KeyCharsMax;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>
    /// The key in the official client's places, in its order: <c>VAST_API_KEY</c>, <c>$XDG_CONFIG_HOME/vastai/vast_api_key</c>, <c>~/.vast_api_key</c>.
    /// </summary>
    /// <returns>A problem <c>no-key</c> that names the places when there is none.</returns>
    public static Outcome<ApiKey> Official(IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (environment.TryGetValue("VAST_API_KEY", out var value) && value.Trim().Length > 0) return Checked(value, "VAST_API_KEY");
        if (!VastPlaces.Of(environment).TryGet(out var places, out var problem)) return problem;
        foreach (var path in (string[])[places.OfficialKey, places.OfficialKeyBeforeXdg])
        {
            if (!File.Exists(path)) continue;
            if (!Read(path).TryGet(out var text, out problem)) return problem;
            if (text.Length > 0) return Checked(text, path);
        }

        return NoKey($"VAST_API_KEY, {places.OfficialKey} and {places.OfficialKeyBeforeXdg}");
    }

    /// <summary>
    /// The key of an account that <c>lodger login</c> stored: <c>$XDG_CONFIG_HOME/lodger/accounts/NAME.key</c>, readable by its user alone. Where the operator named a key for them, one that is not encrypted is refused: whoever can write there
    /// could have put it in the place of one that is.
    /// </summary>
    public static Outcome<ApiKey> OfAccount(IReadOnlyDictionary<string, string> environment, string account) => OfAccount(environment, account, toSeal: false);

    private static Outcome<ApiKey> OfAccount(IReadOnlyDictionary<string, string> environment, string account, bool toSeal)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (BadName(account) is { } bad) return bad;
        if (!VastPlaces.Of(environment).TryGet(out var places, out var problem)) return problem;
        var path = places.AccountKey(account);
        if (!File.Exists(path)) return NoKey(path, account);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
        {
            return new Problem(
                "key-readable-by-others", $"Others on this machine can read the API key in {path}.", $"Run: chmod 600 '{path}'  (and replace the key if you do not trust them)",
                ExitCode.NotAuthorized);
        }

        if (!Read(path).TryGet(out var text, out problem)) return problem;
        if (text.Length == 0) return NoKey(path, account);
        if (SealingKeys.IsSealed(text)) return Opened(environment, text, account, path).Then(open => Stored(open, path));
        if (toSeal) return Stored(text, path);
        if (!SealingKeys.Of(environment).TryGet(out var keys, out problem)) return problem;
        return keys is null
            ? Stored(text, path)
            : new Problem("key-not-sealed", $"The API key in {path} is not encrypted, and {keys.Source} is there to encrypt it.", $"If it is yours: lodger keys seal   otherwise log in again: lodger login {account}", ExitCode.NotAuthorized);
    }

    /// <summary>Encrypts the stored key of an account anew, with the first of the operator's keys.</summary>
    /// <returns>True: it was; false: it was encrypted with that key already.</returns>
    public static Outcome<bool> Seal(IReadOnlyDictionary<string, string> environment, string account)
    {
        if (!SealingKeys.Of(environment).TryGet(out var keys, out var problem)) return problem;
        if (keys is null) return NoSealingKey;
        if (SealedWith(environment, account) == keys.Ids[0]) return false;
        if (!OfAccount(environment, account, toSeal: true).TryGet(out var key, out problem)) return problem;
        return Write(environment, account, key.Reveal(), key.Server).Then<bool>(_ => true);
    }

    /// <summary>The <see cref="SealingKeys.Ids">id</see> of the key that an account's stored key is encrypted with; null: it is not encrypted, or not there.</summary>
    public static string? SealedWith(IReadOnlyDictionary<string, string> environment, string account)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return BadName(account) is null && VastPlaces.Of(environment).TryGet(out var places, out _) && File.Exists(places.AccountKey(account)) && Read(places.AccountKey(account)).TryGet(out var text, out _) && SealingKeys.IsSealed(text)
            ? SealingKeys.IdIn(text)
            : null;
    }

    private static Outcome<string> Opened(IReadOnlyDictionary<string, string> environment, string text, string account, string path)
    {
        if (!SealingKeys.Of(environment).TryGet(out var keys, out var problem)) return problem;
        return keys is null
            ? new Problem("key-sealed", $"The API key in {path} is encrypted with the key {SealingKeys.IdIn(text)}, and no file with keys is named.", $"Set {SealingKeys.FileVariable} for this command, and for the server, to the file that holds it.", ExitCode.NotAuthorized)
            : keys.Open(text, account, path);
    }

    private static Problem NoSealingKey { get; } = new("no-sealing-key", "No key is named that API keys could be encrypted with.", $"Make one: lodger keys new FILE , and set {SealingKeys.FileVariable} to that file.", ExitCode.BadInput);

    /// <summary>Names of the accounts that are stored, sorted.</summary>
    public static IReadOnlyList<string> Accounts(IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return VastPlaces.Of(environment).TryGet(out var places, out _) && Directory.Exists(places.Accounts)
            ? [.. Directory.EnumerateFiles(places.Accounts, "*.key").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Stores a key for an account, readable by its user alone from its first byte on, and encrypted where the operator named a key for it; an older one is replaced in one step.</summary>
    /// <param name="server">Stored with it: a key never travels to another server than the one it was checked with.</param>
    /// <returns>The key with the file as its source.</returns>
    public static Outcome<ApiKey> Save(IReadOnlyDictionary<string, string> environment, string account, string key, Uri server)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(server);
        return Write(environment, account, key, server);
    }

    private static Outcome<ApiKey> Write(IReadOnlyDictionary<string, string> environment, string account, string key, Uri? server)
    {
        if (BadName(account) is { } bad) return bad;
        if (!VastPlaces.Of(environment).TryGet(out var places, out var problem)) return problem;
        var path = places.AccountKey(account);
        if (!Checked(key, path).TryGet(out var kept, out problem) || !SealingKeys.Of(environment).TryGet(out var sealing, out problem)) return problem;
        var text = server is null ? $"{kept.Reveal()}\n" : $"{kept.Reveal()}\n{server}\n";
        var temporary = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(places.Accounts);
            else Directory.CreateDirectory(places.Accounts, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
            using (var file = new FileStream(temporary, options))
            {
                file.Write(Encoding.UTF8.GetBytes(sealing is null ? text : sealing.Seal(text, account) + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return new ApiKey(kept.Reveal(), path, server);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            return new Problem("key-not-stored", $"The key could not be stored in {path}: {failure.Message}", "Make the directory writable for you.", ExitCode.Prerequisite);
        }
    }

    /// <summary>A key as somebody typed it; a problem when it cannot be one.</summary>
    /// <param name="source">For people: where the text came from.</param>
    public static Outcome<ApiKey> Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Checked(text, source);
    }

    private static Outcome<ApiKey> Checked(string text, string source)
    {
        var key = text.Trim();
        if (key.Length == 0) return new Problem("bad-key", $"The API key from {source} is empty.", "Copy it from the platform's account page.", ExitCode.BadInput);
        // It goes into a header; anything else than visible ASCII was not meant to be a key.
        return key.Length <= KeyCharsMax && key.All(c => c is > ' ' and <= '~')
            ? new ApiKey(key, source)
            : new Problem("bad-key", $"What {source} holds is no API key: a key is one word of letters and digits.", "Copy it again from the platform's account page.", ExitCode.BadInput);
    }

    /// <summary>First line: the key; second: the server it belongs to.</summary>
    private static Outcome<ApiKey> Stored(string text, string path)
    {
        var lines = text.Split('\n', 2);
        if (lines.Length == 1) return Checked(text, path);
        if (!Uri.TryCreate(lines[1].Trim(), UriKind.Absolute, out var server) || server.Scheme is not ("https" or "http"))
            return new Problem("bad-key", $"The second line of {path} is no address of a server.", "Log in again: lodger login", ExitCode.BadInput);
        return Checked(lines[0], path).Then<ApiKey>(key => new ApiKey(key.Reveal(), key.Source, server));
    }

    private static Outcome<string> Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > FileBytesMax) return new Problem("bad-key", $"{path} is too large to be an API key.", "Put nothing but the key in it.", ExitCode.BadInput);
            return File.ReadAllText(path).Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new Problem("key-unreadable", $"{path} cannot be read: {failure.Message}", "Make it readable for you, and for nobody else.", ExitCode.NotAuthorized);
        }
    }

    // It becomes a file's name.
    private static Problem? BadName(string account) =>
        account.Length is >= 1 and <= 64 && account[0] != '.' && account.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? null
            : new Problem("bad-account-name", "An account's name has 1 to 64 letters, digits, dots, hyphens and underscores.", "", ExitCode.BadInput);

    private static Problem NoKey(string places, string account = "") =>
        new("no-key", $"There is no API key; looked in {places}.", $"Run: lodger login {account}".TrimEnd(), ExitCode.NotAuthorized);
}
