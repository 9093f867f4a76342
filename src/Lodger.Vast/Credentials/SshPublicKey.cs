using System.Buffers.Binary;
using System.Text;
using Lodger.Domain.Problems;

namespace Lodger.Vast.Credentials;

/// <summary>
/// One line of an OpenSSH <c>.pub</c> file, whole. A key pasted without its type in front or its comment behind is accepted by the platform and then
/// answered with a password prompt on the machine, so it is refused here.
/// </summary>
public sealed record SshPublicKey
{
    private static readonly string[] Types =
    [
        "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
    ];

    private SshPublicKey(string type, string body, string comment) => (Type, Body, Comment) = (type, body, comment);

    /// <summary>For example <c>ssh-ed25519</c>.</summary>
    public string Type { get; }

    /// <summary>The key itself, base64.</summary>
    public string Body { get; }

    /// <summary>Usually <c>user@host</c>.</summary>
    public string Comment { get; }

    /// <summary>The same key, whatever its comment.</summary>
    public bool IsSameKey(string? line)
    {
        var words = line?.Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words.Length >= 2 && words[0] == Type && words[1] == Body;
    }

    public override string ToString() => $"{Type} {Body} {Comment}";

    /// <summary>Reads a key and names what is malformed. A problem never repeats the text: it may be a private key.</summary>
    public static Outcome<SshPublicKey> Parse(string? text)
    {
        var line = text?.Trim() ?? "";
        if (line.Length == 0) return Malformed("it is empty");
        if (line.Contains("PRIVATE KEY", StringComparison.Ordinal) || line.StartsWith("PuTTY-User-Key-File", StringComparison.Ordinal))
            return Malformed("it is a private key, which must never leave your machine; the file that ends in .pub is the right one");
        if (line.StartsWith("---- BEGIN SSH2 PUBLIC KEY", StringComparison.Ordinal))
            return Malformed("it is in the SSH2 form; convert it with: ssh-keygen -i -f FILE");
        if (line.AsSpan().IndexOfAny('\r', '\n') >= 0) return Malformed("it has several lines; a public key is one, perhaps broken by a copy from a narrow window");

        var words = line.Split((char[])[' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words[0].StartsWith("AAAA", StringComparison.Ordinal)) return Malformed("the type in front is missing, for example ssh-ed25519 or ssh-rsa");
        if (!Types.Contains(words[0])) return Malformed($"it does not start with a key type ({string.Join(", ", Types.Take(3))}, ...)");
        if (words.Length < 2) return Malformed("nothing follows the type");
        if (InnerType(words[1]) is not { } inner) return Malformed("its second part is not a whole key in base64; it was probably cut off");
        if (inner != words[0]) return Malformed($"it says {words[0]} in front and the key is another type");
        return words.Length < 3 ? Malformed("the comment at the end (user@host) is missing") : new SshPublicKey(words[0], words[1], words[2]);
    }

    private static Problem Malformed(string what) => new(
        "ssh-key-malformed", $"That is not a usable ssh public key: {what}.", "Copy the whole line of the .pub file, for example of ~/.ssh/id_ed25519.pub.", ExitCode.BadInput);

    // The key repeats its type: a length of four bytes, then the name. Then come further such fields, which must fill the rest exactly.
    private static string? InnerType(string body)
    {
        var bytes = new byte[body.Length];
        if (!Convert.TryFromBase64String(body, bytes, out var written)) return null;
        ReadOnlySpan<byte> rest = bytes.AsSpan(0, written);
        string? type = null;
        var fields = 0;
        while (rest.Length > 0)
        {
            if (rest.Length < 4) return null;
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            rest = rest[4..];
            if (length > rest.Length) return null;
            type ??= Encoding.ASCII.GetString(rest[..(int)length]);
            rest = rest[(int)length..];
            fields++;
        }

        return fields >= 2 ? type : null;
    }
}
