using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Tests;

public sealed class ManifestTests
{
    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Header = "lodger-manifest 1 1767225600 /workspace/results\n";

    private static ManifestReading Read(string text) => Manifest.Read(new MemoryStream(Encoding.Latin1.GetBytes(text)));

    private static void Refused(string text, string id) => Read(text).Findings.ShouldHaveSingleItem().Id.ShouldBe(id);

    [Fact]
    public void A_manifest_reads_back_as_it_was_written()
    {
        var text = $"{Header}{Hash} 0 empty.txt\nsymlink seed0/best latest\n{Hash} 12 r%C3%A9sum%C3%A9%20(1).txt\n{Hash} 4 seed0/best\nend 4 16\n";

        var manifest = Read(text).Manifest.ShouldNotBeNull();

        manifest.Files.Select(file => file.Path).ShouldBe(["empty.txt", "résumé (1).txt", "seed0/best"]);
        (manifest.TotalBytes, manifest.MadeAt, manifest.EscapedRoot).ShouldBe((16, DateTimeOffset.FromUnixTimeSeconds(1767225600), "/workspace/results"));
        var written = new MemoryStream();
        manifest.Write(written);
        Encoding.Latin1.GetString(written.ToArray()).ShouldBe(text);
        manifest.Sha256.ShouldBe(Manifest.HashOf(written.ToArray()));
    }

    [Fact]
    public void An_empty_roster_is_a_manifest() => Read(Header + "end 0 0\n").Manifest.ShouldNotBeNull().Entries.ShouldBeEmpty();

    [Fact]
    public void Every_cut_is_refused()
    {
        var text = $"{Header}{Hash} 4 a\n{Hash} 5 b\nend 2 9\n";
        for (var length = 0; length < text.Length; length++)
        {
            Read(text[..length]).Manifest.ShouldBeNull($"cut to {length}");
        }
    }

    [Theory]
    [InlineData("/etc/passwd", "path-absolute")]
    [InlineData("../up", "path-dot-segment")]
    [InlineData("a/../../up", "path-dot-segment")]
    [InlineData("./a", "path-dot-segment")]
    [InlineData("a//b", "path-empty-segment")]
    [InlineData("a/", "path-empty-segment")]
    [InlineData("%2E%2E/up", "path-not-escaped")]
    [InlineData("a%00b", "path-not-escaped")]
    [InlineData("a%c3", "path-not-escaped")]
    [InlineData("a%4", "path-not-escaped")]
    [InlineData("a\tb", "path-not-escaped")]
    [InlineData("a\u001b[2Jb", "path-not-escaped")]
    [InlineData("r\u00e9sum\u00e9", "path-not-escaped")]
    [InlineData(".lodger/manifest", "path-reserved")]
    [InlineData(".lodger", "path-reserved")]
    public void A_path_that_could_mislead_is_refused_by_name(string path, string id) => Refused($"{Header}{Hash} 4 {path}\nend 1 4\n", id);

    [Fact]
    public void A_path_longer_or_deeper_than_any_file_system_has_is_refused()
    {
        Refused($"{Header}{Hash} 4 {new string('a', 256)}\nend 1 4\n", "path-too-long");
        Refused($"{Header}{Hash} 4 {string.Join('/', Enumerable.Repeat(new string('a', 200), 30))}\nend 1 4\n", "path-too-long");
        Refused($"{Header}{Hash} 4 {string.Join('/', Enumerable.Repeat("a", 65))}\nend 1 4\n", "path-too-deep");
        Refused($"{Header}{Hash} 4 {new string('a', 30_000)}\nend 1 4\n", "manifest-line-too-long");
        Refused(new string('a', 10_000_000), "manifest-line-too-long");
    }

    [Theory]
    [InlineData("HASH 4 a\nHASH 4 a\nend 2 8\n", "path-duplicate")]
    [InlineData("HASH 4 b\nHASH 4 a\nend 2 8\n", "manifest-unsorted")]
    [InlineData("HASH 4 a\nHASH 4 a-b\nHASH 4 a/b\nend 3 12\n", "path-conflict")]
    [InlineData("symlink x a\nHASH 4 a/b/c\nend 2 4\n", "path-conflict")]
    [InlineData("HASH 04 a\nend 1 4\n", "manifest-number")]
    [InlineData("HASH -4 a\nend 1 4\n", "manifest-number")]
    [InlineData("HASH 9223372036854775808 a\nend 1 4\n", "manifest-number")]
    [InlineData("HASH 99999999999999999999999 a\nend 1 4\n", "manifest-number")]
    [InlineData("HASH 9223372036854775807 a\nHASH 1 b\nend 1 4\n", "manifest-number")]
    [InlineData("HASH  4 a\nend 1 4\n", "manifest-fields")]
    [InlineData("HASH 4 a b\nend 1 4\n", "manifest-fields")]
    [InlineData("HASH 4 a \nend 1 4\n", "manifest-fields")]
    [InlineData("HASH4 4 a\nend 1 4\n", "manifest-hash")]
    [InlineData("symlink %zz a\nend 1 0\n", "manifest-link")]
    [InlineData("HASH 4 a\nend 2 4\n", "manifest-end")]
    [InlineData("HASH 4 a\nend 1 5\n", "manifest-end")]
    [InlineData("HASH 4 a\nend 1 4\nx\n", "manifest-trailing")]
    [InlineData("HASH 4 a\nend 1 4\n\n", "manifest-trailing")]
    [InlineData("HASH 4 a\n", "manifest-truncated")]
    [InlineData("HASH 4 a\nend 1 4", "manifest-truncated")]
    public void A_roster_that_contradicts_itself_is_refused_by_name(string lines, string id)
    {
        var findings = Read(Header + lines.Replace("HASH", Hash, StringComparison.Ordinal)).Findings;

        findings.ShouldNotBeEmpty();
        findings[0].Id.ShouldBe(id);
    }

    [Theory]
    [InlineData("", "manifest-truncated")]
    [InlineData("{}\n", "manifest-header")]
    [InlineData("lodger-manifest 2 0 /r\nend 0 0\n", "manifest-version")]
    [InlineData("lodger-manifest 1 x /r\nend 0 0\n", "manifest-number")]
    [InlineData("lodger-manifest 1 999999999999999 /r\nend 0 0\n", "manifest-number")]
    [InlineData("lodger-manifest 1 0 r\nend 0 0\n", "manifest-root")]
    [InlineData("lodger-manifest 1 0 /r\r\nend 0 0\n", "manifest-root")]
    public void A_first_line_that_is_none_is_refused(string text, string id) => Refused(text, id);

    [Fact]
    public void A_manifest_of_nothing_but_errors_keeps_few_findings() =>
        Read(Header + string.Concat(Enumerable.Repeat("x\n", 100_000))).Findings.Count.ShouldBeLessThanOrEqualTo(50);

    [Fact]
    public void A_name_that_is_not_UTF8_survives_and_can_be_shown()
    {
        var entry = Read($"{Header}{Hash} 4 caf%E9\nend 1 4\n").Manifest.ShouldNotBeNull().Files.Single();

        entry.Path.ShouldBeNull();
        entry.DisplayPath.ShouldBe("caf%E9");
    }

    [Fact]
    public void The_same_files_listed_at_another_time_are_the_same_roster()
    {
        var entries = $"{Hash} 4 a\nsymlink a l\nend 2 4\n";
        var earlier = Read("lodger-manifest 1 5 /r\n" + entries).Manifest.ShouldNotBeNull();
        var later = Read("lodger-manifest 1 6 /r\n" + entries).Manifest.ShouldNotBeNull();

        later.Sha256.ShouldNotBe(earlier.Sha256);
        later.RosterSha256.ShouldBe(earlier.RosterSha256);
        earlier.RosterSha256.ShouldBe(Manifest.HashOf(Encoding.ASCII.GetBytes(entries)));
        ManifestChanges.Between(earlier, later).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void What_changed_between_two_manifests_is_named()
    {
        var earlier = Read($"{Header}{Hash} 4 a\n{Hash} 4 b\n{Hash} 4 c\nsymlink a l\nend 4 12\n").Manifest.ShouldNotBeNull();
        var later = Read($"{Header}{Hash} 4 a\n{Hash} 5 b\n{Hash} 4 d\nsymlink b l\nend 4 13\n").Manifest.ShouldNotBeNull();

        var changes = ManifestChanges.Between(earlier, later);

        changes.IsEmpty.ShouldBeFalse();
        changes.Added.ShouldHaveSingleItem().Path.ShouldBe("d");
        changes.Removed.ShouldHaveSingleItem().Path.ShouldBe("c");
        changes.Changed.Select(entry => entry.Path).ShouldBe(["b", "l"]);
        later.RosterSha256.ShouldNotBe(earlier.RosterSha256);
    }

    [Fact]
    public void Any_mutation_of_a_manifest_is_refused_or_is_a_manifest_with_that_very_text()
    {
        var original = Encoding.ASCII.GetBytes($"{Header}{Hash} 4 a%20b\nsymlink a%20b l\n{Hash} 4 r/s\nend 3 8\n");
        Prop.ForAll(Gen.Choose(0, original.Length - 1).Zip(Gen.Choose(0, 255)).ArrayOf().Resize(4).ToArbitrary(), edits =>
        {
            var mutated = original.ToArray();
            foreach (var (at, value) in edits)
            {
                mutated[at] = (byte)value;
            }

            var reading = Manifest.Read(new MemoryStream(mutated));
            if (reading.Manifest is not { } manifest)
            {
                return reading.Findings.Count > 0;
            }

            var written = new MemoryStream();
            manifest.Write(written);
            return written.ToArray().SequenceEqual(mutated);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void A_manifest_that_is_not_there_is_a_finding() => Manifest.ReadFile("/nonexistent/manifest").Findings.ShouldHaveSingleItem().Id.ShouldBe("manifest-unreadable");
}
