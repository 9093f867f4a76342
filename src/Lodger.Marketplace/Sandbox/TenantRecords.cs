using System.Globalization;
using System.Text;

namespace Lodger.Marketplace.Sandbox;

/// <summary>What the guest's scripts read from stdin: pairs of kind and value, each ended by NUL, then <c>end</c>.</summary>
internal static class TenantRecords
{
    public static byte[] Boot(SandboxSpec spec, int notebookPort) => Write(
    [
        .. spec.Environment.Select(pair => ("env", $"{pair.Key}={pair.Value}")),
        .. spec.AuthorizedKeys.Select(Key),
        .. spec.Notebook is { } notebook
            ? [("argument", notebookPort.ToString(CultureInfo.InvariantCulture)), ("argument", notebook.IsLab ? "lab" : "tree"), ("argument", notebook.Folder)]
            : Array.Empty<(string, string)>(),
    ]);

    public static byte[] Prepare(SandboxSpec spec) => Write(
        [.. spec.AuthorizedKeys.Select(Key), .. spec.Onstart is { } onstart ? [("onstart", onstart)] : Array.Empty<(string, string)>()]);

    public static byte[] AddKey(string key) => Write([Key(key)]);

    public static byte[] Run(string command) => Write([("command", command)]);

    /// <summary>For the programs that work on a disk.</summary>
    public static byte[] Work(DiskWork work) => Write(
        [.. work.Environment.Select(pair => ("env", $"{pair.Key}={pair.Value}")), .. work.Arguments.Select(argument => ("argument", argument))]);

    // One key is one line; a second line would be a second key that nobody registered.
    private static (string, string) Key(string key) => ("key", key.ReplaceLineEndings(" ").Trim());

    private static byte[] Write(IReadOnlyList<(string Kind, string Value)> records)
    {
        var text = new StringBuilder();
        foreach (var (kind, value) in records)
            text.Append(kind).Append('\0').Append(value.Replace("\0", "", StringComparison.Ordinal)).Append('\0');
        return Encoding.UTF8.GetBytes(text.Append("end\0").ToString());
    }
}
