namespace Lodger.Artifacts.Tests;

/// <summary>Files that are written whole or not at all, and text that is safe to print.</summary>
public sealed class DurableFileTests
{
    [Fact]
    public void A_file_is_written_whole_over_the_one_before_and_its_directory_is_made()
    {
        using var directory = new TemporaryDirectory();
        foreach (var text in (string[])["first, and longer", "second"])
        {
            DurableFile.Write(directory["a/b/file"], stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

            File.ReadAllText(directory["a/b/file"]).ShouldBe(text);
            Directory.GetFiles(directory["a/b"]).ShouldHaveSingleItem();
        }
    }

    [Fact]
    public void When_writing_fails_the_file_before_stays_and_nothing_is_left_behind()
    {
        using var directory = new TemporaryDirectory().With("file", "before");

        Should.Throw<IOException>(() => DurableFile.Write(directory["file"], stream =>
        {
            stream.WriteByte(1);
            throw new IOException("the disk is full");
        })).Message.ShouldBe("the disk is full");

        File.ReadAllText(directory["file"]).ShouldBe("before");
        Directory.GetFiles(directory.Path).ShouldHaveSingleItem();
    }

    [Fact]
    public void Only_Lodgers_own_directory_may_not_be_a_link()
    {
        using var directory = new TemporaryDirectory().With("outside/x", "x");
        Directory.CreateSymbolicLink(directory["home"], directory["outside"]);
        Directory.CreateSymbolicLink(directory[".lodger"], directory["outside"]);

        DurableFile.Write(directory["home/file"], stream => stream.WriteByte(1));
        Should.Throw<IOException>(() => DurableFile.Write(directory[".lodger/file2"], stream => stream.WriteByte(1))).Message.ShouldContain("is a symbolic link");

        Directory.GetFiles(directory["outside"]).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("résumé 漢 😀.pt", 512, "résumé 漢 😀.pt")]
    [InlineData("a\u001b[2J\n\u007f\u0085", 512, "a\\u{1B}[2J\\u{A}\\u{7F}\\u{85}")]
    [InlineData("\u200b\u202e\u2028\u2029\ue000\u0378\U000e0001", 512, "\\u{200B}\\u{202E}\\u{2028}\\u{2029}\\u{E000}\\u{378}\\u{E0001}")]
    [InlineData("abcd", 4, "abcd")]
    [InlineData("abcde", 4, "abcd…")]
    [InlineData("abc\nef", 4, "abc\\u{A}…")]
    [InlineData("", 4, "")]
    public void Text_from_elsewhere_is_printed_without_what_could_mislead(string text, int most, string shown) => PrintableText.Of(text, most).ShouldBe(shown);
}
