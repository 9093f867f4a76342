using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Tests.Pickle;

/// <summary>Runs pickles written by hand, opcode by opcode (Python's pickletools.py), and shows what came of them much as Python would.</summary>
internal static class Interpreted
{
    /// <summary>The bytes of opcodes in which <c>\x80</c> is a byte and <c>\n</c> a newline.</summary>
    internal static byte[] Opcodes(string escaped) => Encoding.Latin1.GetBytes(Regex.Unescape(escaped));

    internal static PickleOutcome Run(byte[] pickle, Func<string, bool>? alsoAllowed = null) =>
        PickleMachine.Run(new PickleReader(new MemoryStream(pickle), TestContext.Current.CancellationToken), alsoAllowed);

    /// <summary>Runs opcodes after a beginning that makes more values than are kept: a dict made of one long list, over and over.</summary>
    internal static PickleOutcome RunPastTheBudget(string escaped) => Run([.. Dicts(100), .. Opcodes(escaped), (byte)'.']);

    /// <summary>The same where the beginning alone leaves half a megabyte.</summary>
    internal static PickleOutcome RunNearTheBudget(string opcodes) => Run([.. Dicts(77), .. Encoding.Latin1.GetBytes(opcodes), (byte)'.']);

    private static byte[] Dicts(int times) => Encoding.Latin1.GetBytes("](" + new string('N', 10_000) + "eq\0" + string.Concat(Enumerable.Repeat("cbuiltins\ndict\nh\0\u0085R0", times)));

    internal static string ValueOf(string escaped) => Shown(Run(Opcodes(escaped)).Value);

    internal static string Shown(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => "float " + number.ToString("R", CultureInfo.InvariantCulture),
        PickleText { Value: { } text } => $"'{text}'",
        PickleText text => $"a text of {text.Characters} characters",
        PickleBytes { Value: { } bytes } => $"b'{Convert.ToHexString(bytes)}'",
        PickleBytes bytes => $"{bytes.Length} bytes",
        PickleBigNumber number => $"a number of {number.Bytes}",
        PickleTuple tuple => $"({Listed(tuple.Items)})",
        PickleList list => $"[{Listed(list.Items)}]",
        PickleSet set => $"set({Listed(set.Items)})",
        PickleDict dict => $"{{{Paired(dict.Entries)}}}",
        PickleGlobal global => global.FullName,
        PickleReference reference => $"ref({Shown(reference.Id)})",
        PickleCall call => $"{Shown(call.Callable)}({Listed(call.Arguments)})"
            + (call.State is null ? string.Empty : $" state {Shown(call.State)}")
            + (call.Items.Count == 0 ? string.Empty : $" items [{Listed(call.Items)}]")
            + (call.Entries.Count == 0 ? string.Empty : $" entries {{{Paired(call.Entries)}}}"),
        _ => value.GetType().Name,
    };

    private static string Listed(IEnumerable<object?> items) => string.Join(", ", items.Select(Shown));

    private static string Paired(IEnumerable<KeyValuePair<object?, object?>> entries) => string.Join(", ", entries.Select(entry => $"{Shown(entry.Key)}: {Shown(entry.Value)}"));
}
