using System.Text;
using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Tests;

/// <summary>docs/formats/manifest.md, rule by rule: the last that is allowed, the first that is not, and the words and the line of each refusal.</summary>
public sealed class ManifestRuleTests
{
    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Header = "lodger-manifest 1 1767225600 /workspace/results\n";
    private const string NotEscaped = "the path is not written in the manifest's escaping (a raw control character, space or non-ASCII byte, or a %HH that should not be).";

    private static ManifestReading Read(string text) => Manifest.Read(new MemoryStream(Encoding.Latin1.GetBytes(text)));

    private static string[] Says(string text) => [.. Read(text).Findings.Select(finding => $"{finding.Id}: {finding.What}")];

    /// <summary>What is said of lines between a good header and, unless they bring their own, a good end.</summary>
    private static string[] SaysOf(params string[] lines)
    {
        var text = string.Concat(lines.Select(line => line.Replace("HASH", Hash, StringComparison.Ordinal) + "\n"));
        return Says(Header + text + (lines[^1].StartsWith("end ", StringComparison.Ordinal) ? string.Empty : $"end {lines.Length} {4 * lines.Count(line => !line.StartsWith("symlink", StringComparison.Ordinal))}\n"));
    }

    private static string Deep(int segments) => string.Join('/', Enumerable.Repeat("a", segments));

    /// <summary>A path of so many bytes, none of its segments too long.</summary>
    private static string Long(int bytes) => string.Concat(Enumerable.Range(0, bytes).Select(i => i % 200 == 100 ? '/' : 'a'));

    [Fact]
    public void The_largest_of_everything_is_allowed()
    {
        SaysOf($"HASH 4 {new string('a', 255)}").ShouldBeEmpty();
        SaysOf($"HASH 4 {string.Concat(Enumerable.Repeat("%C3", 255))}").ShouldBeEmpty("escaping does not count");
        SaysOf($"HASH 4 {Deep(64)}").ShouldBeEmpty();
        SaysOf($"HASH 4 {Long(4096)}").ShouldBeEmpty();
        SaysOf($"symlink {new string('t', 4096)} l").ShouldBeEmpty();
        SaysOf("HASH 9223372036854775807 a", "HASH 0 b", "end 2 9223372036854775807").ShouldBeEmpty();
        Says($"lodger-manifest 1 0 /{new string('r', 4095)}\nend 0 0\n").ShouldBeEmpty();
        Says("lodger-manifest 1 0 /\nend 0 0\n").ShouldBeEmpty();
        Read("lodger-manifest 1 253402300799 /r\nend 0 0\n").Manifest!.MadeAt.ShouldBe(new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero));
    }

    [Fact]
    public void What_is_one_larger_is_refused()
    {
        SaysOf($"HASH 4 {new string('a', 256)}").ShouldBe([$"path-too-long: manifest line 2: \"{new string('a', 256)}\": a segment of the path has 256 bytes, more than 255."]);
        SaysOf($"HASH 4 {Deep(65)}").ShouldBe([$"path-too-deep: manifest line 2: \"{Deep(65)}\": the path has more than 64 segments."]);
        SaysOf($"HASH 4 {Long(4097)}").ShouldHaveSingleItem().ShouldEndWith(": the path has 4097 bytes, more than 4096.");
        SaysOf($"symlink {new string('t', 4097)} l").ShouldBe(["manifest-link: manifest line 2: the link's target is not an escaped path."]);
        SaysOf("HASH 9223372036854775807 a", "HASH 1 b", "HASH 0 c", "end 2 9223372036854775807").ShouldBe(["manifest-number: manifest line 3: the sizes add up to more than any disk holds."]);
        Says($"lodger-manifest 1 0 /{new string('r', 4096)}\nend 0 0\n").ShouldBe(["manifest-root: manifest line 1: the root is not an escaped absolute path."]);
        Says("lodger-manifest 1 253402300800 /r\nend 0 0\n").ShouldBe(["manifest-number: manifest line 1: the time is not a number of seconds since 1970."]);
        SaysOf($"{new string('a', 25_001)}").ShouldBe(["manifest-line-too-long: manifest line 2: the line is longer than 25000 bytes."]);
        SaysOf($"{new string('a', 25_000)}").ShouldBe(["manifest-fields: manifest line 2: the line does not have exactly three fields with one space between them."]);
    }

    [Theory]
    [InlineData("", "path-empty-segment")]
    [InlineData("%20", null)]
    [InlineData("%7F%FF%80%25%0A", null)]
    [InlineData("!~$^`", null)]
    [InlineData("a%0a", NotEscaped)]
    [InlineData("a%2", NotEscaped)]
    [InlineData("a%", NotEscaped)]
    [InlineData("%G0", NotEscaped)]
    [InlineData("%0G", NotEscaped)]
    [InlineData("%/0", NotEscaped)]
    [InlineData("%:0", NotEscaped)]
    [InlineData("%0@", NotEscaped)]
    [InlineData("%21", NotEscaped)]
    [InlineData("%7E", NotEscaped)]
    [InlineData("%00", NotEscaped)]
    [InlineData("\u007f", NotEscaped)]
    [InlineData("\u0080", NotEscaped)]
    [InlineData("a//b", "the path has an empty segment (two slashes in a row, or one at the end).")]
    [InlineData("/a", "the path is absolute and would lead out of the bundle.")]
    [InlineData(".", "the path has a . or .. segment and could lead out of the bundle.")]
    [InlineData("a/..", "the path has a . or .. segment and could lead out of the bundle.")]
    [InlineData("...", null)]
    [InlineData("a/.lodger", null)]
    [InlineData(".lodger2", null)]
    [InlineData(".lodger", ".lodger at the root belongs to Lodger and is never listed.")]
    public void A_path_is_allowed_or_refused_with_its_reason(string path, string? what)
    {
        if (path.Length == 0)
        {
            SaysOf("HASH 4 ").ShouldBe(["manifest-fields: manifest line 2: the line does not have exactly three fields with one space between them."]);
            return;
        }

        var shown = path switch { "\u007f" => "\\u{7F}", "\u0080" => "\\u{80}", _ => path };
        SaysOf($"HASH 4 {path}").Select(says => says[(says.IndexOf(':') + 2)..]).ShouldBe(what is null ? [] : [$"manifest line 2: \"{shown}\": {what}"]);
    }

    [Theory]
    [InlineData("HASH 4 a", "HASH 4 a", "path-duplicate: manifest line 3: \"a\" is listed twice.")]
    [InlineData("HASH 4 b", "HASH 4 a", "manifest-unsorted: manifest line 3: \"a\" is not in sorted order.")]
    [InlineData("HASH 4 a", "HASH 4 B", "manifest-unsorted: manifest line 3: \"B\" is not in sorted order.")]
    [InlineData("HASH 4 a", "HASHe 4 b", "manifest-hash: manifest line 3: the first field is neither 64 lower-case hex digits nor the word symlink.")]
    [InlineData("HASH 4 a", "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 4 b", "manifest-hash: manifest line 3: the first field is neither 64 lower-case hex digits nor the word symlink.")]
    [InlineData("HASH 4 a", "Symlink a b", "manifest-hash: manifest line 3: the first field is neither 64 lower-case hex digits nor the word symlink.")]
    [InlineData("HASH 4 a", "HASH 4x b", "manifest-number: manifest line 3: the size \"4x\" is not a number of bytes.")]
    [InlineData("HASH 4 a", "HASH 00 b", "manifest-number: manifest line 3: the size \"00\" is not a number of bytes.")]
    [InlineData("HASH 4 a", "HASH 12345678901234567890 b", "manifest-number: manifest line 3: the size \"12345678901234567890\" is not a number of bytes.")]
    [InlineData("HASH 4 a", "HASH / b", "manifest-number: manifest line 3: the size \"/\" is not a number of bytes.")]
    [InlineData("HASH 4 a", "HASH : b", "manifest-number: manifest line 3: the size \":\" is not a number of bytes.")]
    [InlineData("HASH 4 a", "HASH 4 a/b", "path-conflict: manifest line 4: \"a/b\" lies under \"a\", which is listed as a file or link itself.")]
    [InlineData("symlink x a", "HASH 4 a/b/c/d", "path-conflict: manifest line 4: \"a/b/c/d\" lies under \"a\", which is listed as a file or link itself.")]
    [InlineData("HASH 4 a", "end 1 4 5", "manifest-end: manifest line 3: the end line is not \"end COUNT BYTES\".")]
    [InlineData("HASH 4 a", "end 1", "manifest-end: manifest line 3: the end line is not \"end COUNT BYTES\".")]
    [InlineData("HASH 4 a", "end x 4", "manifest-end: manifest line 3: the end line is not \"end COUNT BYTES\".")]
    [InlineData("HASH 4 a", "end 1 x", "manifest-end: manifest line 3: the end line is not \"end COUNT BYTES\".")]
    [InlineData("HASH 4 a", "end 2 4", "manifest-end: manifest line 3: the end line promises 2 entries and 4 bytes; there are 1 and 4.")]
    [InlineData("HASH 4 a", "end 1 5", "manifest-end: manifest line 3: the end line promises 1 entries and 5 bytes; there are 1 and 4.")]
    public void A_refusal_names_its_line(string first, string second, string says) => SaysOf(first, second).ShouldBe([says]);

    [Theory]
    [InlineData("lodger-manifest 1 0\nend 0 0\n", "manifest-header: manifest line 1: this is not a manifest: it should begin with \"lodger-manifest 1\".")]
    [InlineData("lodger-manifest 1 0 /r x\nend 0 0\n", "manifest-header: manifest line 1: this is not a manifest: it should begin with \"lodger-manifest 1\".")]
    [InlineData("Lodger-manifest 1 0 /r\nend 0 0\n", "manifest-header: manifest line 1: this is not a manifest: it should begin with \"lodger-manifest 1\".")]
    [InlineData("lodger-manifest \u001b 0 /r\nend 0 0\n", "manifest-version: manifest line 1: format version \\u{1B} is not known here, only 1.")]
    [InlineData("lodger-manifest 1 00 /r\nend 0 0\n", "manifest-number: manifest line 1: the time is not a number of seconds since 1970.")]
    [InlineData("lodger-manifest 1 0 /%2F\nend 0 0\n", "manifest-root: manifest line 1: the root is not an escaped absolute path.")]
    [InlineData("lodger-manifest 1 0 r\nend 0 0\n", "manifest-root: manifest line 1: the root is not an escaped absolute path.")]
    [InlineData("lodger-manifest 1 0 /r\n", "manifest-truncated: manifest line 2: the manifest stops here, before its end line: it was cut short.")]
    [InlineData("lodger-manifest 1 0 /r\nend 0 0", "manifest-truncated: manifest line 2: the manifest stops here, before its end line: it was cut short.")]
    [InlineData("lodger-manifest 1 0 /r\nend 0 0\nx", "manifest-trailing: manifest line 2: something follows the end line.")]
    public void A_header_or_an_end_that_is_none_is_refused(string text, string says) => Says(text).ShouldBe([says]);

    [Fact]
    public void Every_refusal_up_to_fifty_is_kept_and_a_wrong_sum_is_not_added_to_them()
    {
        SaysOf([.. Enumerable.Repeat("x", 3), "end 9 9"]).Length.ShouldBe(3);
        SaysOf([.. Enumerable.Repeat("x", 49)]).Length.ShouldBe(49);
        SaysOf([.. Enumerable.Repeat("x", 60)]).Length.ShouldBe(50);
        static string[] Conflicts(int count) => [.. Enumerable.Range(10, count).SelectMany(i => (string[])[$"HASH 4 d{i}", $"HASH 4 d{i}/a", $"HASH 4 d{i}/b"])];
        SaysOf(Conflicts(40)).Length.ShouldBe(40, "one for each directory");
        SaysOf(Conflicts(60)).Length.ShouldBe(50);
    }

    [Fact]
    public void Each_directory_under_a_listed_name_is_looked_at()
    {
        SaysOf("HASH 4 a", "HASH 4 a/x/b", "HASH 4 a/x/c", "HASH 4 a/y/b").Length.ShouldBe(2);
        SaysOf("HASH 4 a/b", "HASH 4 a/c", "HASH 4 ab", "HASH 4 b/a", "HASH 4 b/ab/a").ShouldBeEmpty();
        SaysOf("HASH 4 a/b", "HASH 4 a/b/c").ShouldHaveSingleItem().ShouldContain("\"a/b/c\" lies under \"a/b\"");
    }

    [Fact]
    public void A_manifest_reads_alike_however_its_bytes_come_by()
    {
        var lines = string.Concat(Enumerable.Range(1000, 900).Select(i => $"{Hash} 4 dir/file-{i}-{new string('n', 100)}\n"));
        var text = $"{Header}{lines}end 900 3600\n";
        var whole = Read(text).Manifest.ShouldNotBeNull();
        whole.Entries.Count.ShouldBe(900);
        foreach (var piece in (int[])[1, 7, 1000, 65_536])
        {
            var manifest = Manifest.Read(new Pieces(Encoding.Latin1.GetBytes(text), piece)).Manifest.ShouldNotBeNull();
            (manifest.Sha256, manifest.RosterSha256, manifest.TotalBytes).ShouldBe((Manifest.HashOf(Encoding.Latin1.GetBytes(text)), whole.RosterSha256, 3600));
        }
    }

    [Fact]
    public void A_blank_line_and_the_longest_line_are_read_however_their_bytes_come_by()
    {
        var lines = string.Concat(Enumerable.Range(1000, 500).Select(i => $"{Hash} 4 file-{i}\n"));
        Says($"{Header}\n{lines}end 500 2000\n").ShouldBe(["manifest-fields: manifest line 2: the line does not have exactly three fields with one space between them."]);

        var longest = new Pieces(Encoding.Latin1.GetBytes($"{Header}{new string('a', 25_000)}\nend 0 0\n"), 1);
        Manifest.Read(longest).Findings.ShouldHaveSingleItem().Id.ShouldBe("manifest-fields");
    }

    [Fact]
    public void A_line_is_refused_for_one_reason_only()
    {
        SaysOf("HASH 4 b", "HASH 4 ../a", "end 1 4").ShouldHaveSingleItem().ShouldStartWith("path-dot-segment");
        SaysOf("HASH 4 b", "x x b", "end 1 4").ShouldHaveSingleItem().ShouldStartWith("path-duplicate");
        SaysOf("HASH 4 b", "x x c", "end 1 4").ShouldHaveSingleItem().ShouldStartWith("manifest-hash");
        SaysOf("HASH 4 b", "symlink %zz a", "end 1 4").ShouldHaveSingleItem().ShouldStartWith("manifest-unsorted");
    }

    [Fact]
    public void Making_one_sorts_its_entries_and_holds_them_to_the_same_rules()
    {
        var made = Manifest.Create(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 999, TimeSpan.FromHours(1)), "/r s", [ManifestFile.Of("b", 5, Hash), ManifestLink.Of("a/l", "t t"), ManifestFile.Of("B", 4, Hash)]).Manifest.ShouldNotBeNull();

        var text = new MemoryStream();
        made.Write(text);
        Encoding.ASCII.GetString(text.ToArray()).ShouldBe($"lodger-manifest 1 1767319445 /r%20s\n{Hash} 4 B\nsymlink t%20t a/l\n{Hash} 5 b\nend 3 9\n");
        Manifest.Create(DateTimeOffset.UnixEpoch, "r", []).Findings.ShouldHaveSingleItem().Id.ShouldBe("manifest-root");
        Manifest.Create(DateTimeOffset.UnixEpoch, "/r", [ManifestFile.Of("../a", 5, Hash)]).Findings.ShouldHaveSingleItem().Id.ShouldBe("path-dot-segment");
        Manifest.Create(DateTimeOffset.UnixEpoch, "/r", [ManifestFile.Of("a", -5, Hash)]).Findings[0].Id.ShouldBe("manifest-number");
    }

    [Fact]
    public void A_manifest_on_disk_is_read_and_what_cannot_be_is_said()
    {
        using var directory = new TemporaryDirectory().With("m", Header + "end 0 0\n").With("d/x", "x");

        Manifest.ReadFile(directory["m"]).Manifest!.EscapedRoot.ShouldBe("/workspace/results");
        Manifest.ReadFile(directory["d"]).Findings.ShouldHaveSingleItem().Id.ShouldBe("manifest-unreadable");
    }

    [Theory]
    [InlineData("caf%C3%A9", "café", "café")]
    [InlineData("a%1Bb", "a\u001bb", "a\\u{1B}b")]
    [InlineData("caf%E9", null, "caf%E9")]
    public void A_path_is_shown_readable_where_it_can_be(string escaped, string? path, string shown)
    {
        var file = new ManifestFile(escaped, 4, Hash);

        (file.Path, file.DisplayPath).ShouldBe((path, shown));
    }

    [Fact]
    public void Bytes_stand_for_themselves_or_are_escaped()
    {
        PathEscape.Escape([0x20, 0x21, 0x24, 0x25, 0x26, 0x7E, 0x7F, 0x80, 0xFF, 0x0A]).ShouldBe("%20!$%25&~%7F%80%FF%0A");
        PathEscape.TryUnescape("%20!$%25&~%7F%80%FF%0A%AF"u8, out var bytes).ShouldBeTrue();
        bytes.ShouldBe([0x20, 0x21, 0x24, 0x25, 0x26, 0x7E, 0x7F, 0x80, 0xFF, 0x0A, 0xAF]);
        PathEscape.TryUnescape("ab%2"u8, out bytes).ShouldBeFalse();
        bytes.ShouldBeEmpty();
    }

    /// <summary>A stream that gives no more than so many bytes at once.</summary>
    private sealed class Pieces(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, most));
    }
}
