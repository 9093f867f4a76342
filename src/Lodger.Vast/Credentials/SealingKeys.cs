using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Problems;

namespace Lodger.Vast.Credentials;

/// <summary>
/// The operator's keys, with which stored API keys are encrypted (AES-256-GCM): one a line, 32 bytes as base64. The first encrypts, all of them decrypt, so that a new one can be put before an old one. They are in a file, and never in an
/// argument or in the value of a variable.
/// </summary>
public sealed class SealingKeys
{
    /// <summary>Names the file.</summary>
    public const string FileVariable = "LODGER_KEY_FILE";

    /// <summary>Where systemd puts what <c>LoadCredential=</c> names; used when <see cref="FileVariable"/> is not set.</summary>
    public const string CredentialsVariable = "CREDENTIALS_DIRECTORY";

    /// <summary>The credential's name.</summary>
    public const string CredentialName = "lodger.key";

    private const string Magic = "lodger-sealed";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int FileBytesMax = 4096;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly IReadOnlyList<byte[]> keys;

    private SealingKeys(string source, IReadOnlyList<byte[]> keys)
    {
        Source = source;
        this.keys = keys;
    }

    /// <summary>The file.</summary>
    public string Source { get; }

    /// <summary>What names each key without telling it; the first encrypts.</summary>
    public IReadOnlyList<string> Ids => [.. keys.Select(IdOf)];

    /// <summary>Those of the operator.</summary>
    /// <returns>Null: none are named. A problem: they are, and cannot be used.</returns>
    public static Outcome<SealingKeys?> Of(IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (environment.GetValueOrDefault(FileVariable) is { Length: > 0 } named) return Read(named, isOurs: true).Then<SealingKeys?>(keys => keys);
        if (environment.GetValueOrDefault(CredentialsVariable) is { Length: > 0 } directory && Path.Combine(directory, CredentialName) is var given && File.Exists(given))
            return Read(given, isOurs: false).Then<SealingKeys?>(keys => keys);
        return Outcome<SealingKeys?>.Ok(null);
    }

    /// <summary>Puts a new key into a file, before those that are there; a file that is not there is made, readable by its user alone.</summary>
    /// <remarks>Refused: a file of another user's, which would become this one's and could not be read by theirs any more, and one with so many keys that it would not be read again.</remarks>
    public static Outcome<SealingKeys> Add(string file) => Add(file, FileOwner.IsAnother);

    internal static Outcome<SealingKeys> Add(string file, Func<string, bool> isAnothers)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        IReadOnlyList<byte[]> old = [];
        if (File.Exists(file))
        {
            if (isAnothers(file))
                return new Problem("sealing-key-of-another", $"{file} belongs to another user, who could not read it any more.", $"Run it as that user: sudo -u USER lodger keys new '{file}'", ExitCode.NotAuthorized);
            if (!Read(file, isOurs: true).TryGet(out var there, out var problem)) return problem;
            old = there.keys;
        }

        var made = new SealingKeys(file, [RandomNumberGenerator.GetBytes(KeyBytes), .. old]);
        var text = string.Concat(made.keys.Select(k => Convert.ToBase64String(k) + "\n"));
        if (text.Length > FileBytesMax)
            return new Problem("sealing-keys-too-many", $"{file} holds {old.Count} keys, and with another one it would be larger than is read.", "Remove the last lines, those that no stored key is encrypted with:  lodger keys seal ; lodger keys list", ExitCode.BadInput);
        var fresh = $"{file}.{Guid.NewGuid():N}.new";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
            using (var stream = new FileStream(fresh, options))
            {
                stream.Write(Encoding.ASCII.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(fresh, file, overwrite: true);
            return made;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new Problem("sealing-key-not-stored", $"The key could not be stored in {file}: {failure.Message}", "Name a file in a directory that you can write to.", ExitCode.Prerequisite);
        }
    }

    /// <summary>Whether a stored text was made by <see cref="Seal"/>.</summary>
    public static bool IsSealed(string text) => text.StartsWith(Magic + " ", StringComparison.Ordinal);

    /// <summary>The <see cref="Ids">id</see> of the key that opens a sealed text; empty: it is none.</summary>
    public static string IdIn(string sealedText) => sealedText.Split(' ') is [Magic, "1", var id, ..] ? id : "";

    /// <summary>Encrypts with the first key.</summary>
    /// <param name="account">Whose key it is: under another name it cannot be opened.</param>
    public string Seal(string text, string account)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var sealedBytes = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(keys[0], TagBytes);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(NonceBytes, plain.Length), sealedBytes.AsSpan(NonceBytes + plain.Length), Bound(account));
        CryptographicOperations.ZeroMemory(plain);
        return $"{Magic} 1 {IdOf(keys[0])} {Convert.ToBase64String(sealedBytes)}";
    }

    /// <summary>Decrypts with the key that it says.</summary>
    /// <param name="place">For people: the file.</param>
    public Outcome<string> Open(string sealedText, string account, string place)
    {
        if (sealedText.Trim().Split(' ') is not [Magic, "1", var id, var body] || !Bytes(body, out var sealedBytes) || sealedBytes.Length < NonceBytes + TagBytes)
            return new Problem("key-sealed-unreadable", $"{place} is encrypted in a form that this version does not know, or was cut short.", $"Update Lodger, or log in again: lodger login {account}", ExitCode.BadInput);
        if (keys.FirstOrDefault(k => IdOf(k) == id) is not { } key)
        {
            return new Problem(
                "key-of-another-key", $"The API key in {place} is encrypted with the key {id}, and {Source} holds {string.Join(", ", Ids)}.",
                $"Put that key back as a further line of {Source}, or log in again: lodger login {account}", ExitCode.NotAuthorized);
        }

        var plain = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(sealedBytes.AsSpan(0, NonceBytes), sealedBytes.AsSpan(NonceBytes, plain.Length), sealedBytes.AsSpan(NonceBytes + plain.Length), plain, Bound(account));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return new Problem("key-altered", $"The encrypted API key in {place} was changed, or is another account's.", $"Log in again: lodger login {account}", ExitCode.NotAuthorized);
        }
    }

    private static Outcome<SealingKeys> Read(string file, bool isOurs)
    {
        try
        {
            // What systemd hands over is the service's alone, whatever its mode says.
            if (isOurs && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(OwnerOnly | UnixFileMode.UserExecute)) != UnixFileMode.None)
                return new Problem("sealing-key-readable-by-others", $"Others on this machine can read the keys in {file}.", $"chmod 600 '{file}', then: lodger keys new ; lodger keys seal", ExitCode.NotAuthorized);
            if (new FileInfo(file).Length > FileBytesMax) return Unfit(file);
            var found = new List<byte[]>();
            foreach (var line in File.ReadAllLines(file).Select(l => l.Trim()).Where(l => l.Length > 0))
            {
                if (!Bytes(line, out var key) || key.Length != KeyBytes) return Unfit(file);
                found.Add(key);
            }

            return found.Count > 0 ? new SealingKeys(file, found) : Unfit(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new Problem("sealing-key-unreadable", $"{FileVariable} names {file}, which cannot be read: {failure.Message}", $"Make it readable for you alone, or make one: lodger keys new '{file}'", ExitCode.NotAuthorized);
        }
    }

    private static Problem Unfit(string file) =>
        new("sealing-key-unfit", $"{file} does not hold keys: lines of {KeyBytes} bytes as base64 each.", $"Make one: lodger keys new FILE   or  head -c {KeyBytes} /dev/urandom | base64", ExitCode.BadInput);

    private static bool Bytes(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        var isBase64 = Convert.TryFromBase64String(text, bytes, out var count);
        bytes = bytes[..count];
        return isBase64;
    }

    private static string IdOf(byte[] key) => Convert.ToHexStringLower(SHA256.HashData([.. "lodger sealing key "u8, .. key]))[..8];

    private static byte[] Bound(string account) => Encoding.UTF8.GetBytes($"lodger account {account}");
}
