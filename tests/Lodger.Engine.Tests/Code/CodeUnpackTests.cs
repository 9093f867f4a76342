using System.Formats.Tar;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Engine.Code;
using Lodger.Remote.Code;

namespace Lodger.Engine.Tests.Code;

/// <summary>Archives that somebody on the network made: what may be in them, and that nothing of them lands anywhere else.</summary>
public sealed class CodeUnpackTests : IDisposable
{
    private readonly TemporaryDirectory root = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => root.Dispose();

    private string Into => Path.Combine(root.Path, "into");

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task What_was_packed_is_unpacked_to_the_byte_with_what_can_be_run_and_links_and_is_scanned_as_the_same_files()
    {
        var from = Directory.CreateDirectory(Path.Combine(root.Path, "from")).FullName;
        var deep = string.Join('/', Enumerable.Repeat("a-directory-with-a-rather-long-name", 6)) + "/größe.txt";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(from, deep))!);
        await File.WriteAllTextAsync(Path.Combine(from, deep), "deep", Token);
        await File.WriteAllBytesAsync(Path.Combine(from, "data.bin"), RandomNumberGenerator.GetBytes(70_001), Token);
        await File.WriteAllTextAsync(Path.Combine(from, "run.sh"), "#!/bin/sh\n", Token);
        File.SetUnixFileMode(Path.Combine(from, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(Path.Combine(from, "empty"), "", Token);
        // Ignored by the rules of where it came from, and not to be ignored a second time.
        await File.WriteAllTextAsync(Path.Combine(from, ".gitignore"), "empty2\n", Token);
        File.CreateSymbolicLink(Path.Combine(from, "latest"), "data.bin");
        var scanned = (await CodeScan.RunAsync(from, TimeProvider.System, Token)).Value;
        var archive = new MemoryStream();
        var hash = await CodePack.WriteAsync(from, scanned, archive, Token);

        var taken = (await UnpackAsync(archive.ToArray())).Value;

        (taken.Files, taken.Bytes, taken.Sha256).ShouldBe((scanned.Files.Count, scanned.Bytes, hash));
        Convert.ToHexStringLower(SHA256.HashData(archive.ToArray())).ShouldBe(hash);
        (await CodeScan.RunAsync(Into, TimeProvider.System, Token)).Value.Files.ShouldBe(scanned.Files);
        foreach (var file in scanned.Files.Where(f => f != "latest"))
            (await File.ReadAllBytesAsync(Path.Combine(Into, file), Token)).ShouldBe(await File.ReadAllBytesAsync(Path.Combine(from, file), Token), file);
        new FileInfo(Path.Combine(Into, "latest")).LinkTarget.ShouldBe("data.bin");
        File.GetUnixFileMode(Path.Combine(Into, "run.sh")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
        File.GetUnixFileMode(Path.Combine(Into, "empty")).HasFlag(UnixFileMode.UserExecute).ShouldBeFalse();
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/outside")]
    [InlineData("a/../../outside")]
    [InlineData("a//b")]
    [InlineData("a/.")]
    [InlineData("..")]
    [InlineData(".lodger/prepared")]
    [InlineData("./.lodger/prepared")]
    [InlineData("a/.lodger/prepared")]
    [InlineData(".git/config")]
    [InlineData("a/b/.git/config")]
    [InlineData("a/.GIT")]
    [InlineData("a\u001b[31mb")]
    [InlineData("a\nb")]
    public async Task A_name_that_leads_elsewhere_or_is_none_is_refused(string name)
    {
        (await UnpackAsync(Tar(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) }))).Problem!.Id.ShouldBe("code-archive");
        NothingOutside();
    }

    [Theory]
    [InlineData("link", "/etc/passwd")]
    [InlineData("link", "../x")]
    [InlineData("a/link", "../../x")]
    [InlineData("a/link", "b/../../../x")]
    [InlineData("link", "a/..")]
    [InlineData("link", "")]
    public async Task A_link_that_could_lead_out_is_refused(string name, string target)
    {
        CodeLinks.StaysInside(name, target).ShouldBeFalse();
        if (target.Length > 0)
            (await UnpackAsync(Tar(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target }))).Problem!.Id.ShouldBe("code-archive");
        NothingOutside();
    }

    [Fact]
    public async Task Nothing_is_written_through_a_link_whichever_comes_first()
    {
        var link = new PaxTarEntry(TarEntryType.SymbolicLink, "d") { LinkName = "e" };
        PaxTarEntry File(string name) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) };
        (await UnpackAsync(Tar(link, File("d/x")))).Problem!.Id.ShouldBe("code-archive");
        (await UnpackAsync(Tar(File("d/x"), link))).Problem!.Id.ShouldBe("code-archive");
        (await UnpackAsync(Tar(link, new PaxTarEntry(TarEntryType.SymbolicLink, "d/y") { LinkName = "z" }))).Problem!.Id.ShouldBe("code-archive");
        (await UnpackAsync(Tar(File("x"), File("x")))).Problem!.Message.ShouldContain("twice");
        (await UnpackAsync(Tar(File("x"), File("x/y")))).Problem!.Message.ShouldContain("twice");
        NothingOutside();
    }

    [Fact]
    public async Task Directories_are_counted_as_files_are_by_whoever_sends_and_whoever_takes()
    {
        var deep = string.Join('/', Enumerable.Repeat("d", 60));
        List<string> names = [.. Enumerable.Range(0, CodePack.FilesMax / 61 + 1).Select(i => $"{i}/{deep}/x")];
        var archive = Tar([.. names.Select(n => new PaxTarEntry(TarEntryType.SymbolicLink, n) { LinkName = "y" })]);
        (await UnpackAsync(archive)).Problem!.Message.ShouldContain("files and directories");
        CodePack.Refuse(Into, new CodeInventory(names, 0, []))!.Id.ShouldBe("code-too-large");
        CodePack.Refuse(Into, new CodeInventory([.. names.Take(800)], 0, [])).ShouldBeNull();
        CodePack.DirectoriesOf("a/b/c").ShouldBe(["a/b", "a"]);
        CodePack.DirectoriesOf("c").ShouldBeEmpty();
    }

    [Fact]
    public async Task Making_many_links_ends_when_nobody_waits_for_it_any_more()
    {
        using var gone = new CancellationTokenSource();
        var archive = Tar([.. Enumerable.Range(0, 200).Select(i => new PaxTarEntry(TarEntryType.SymbolicLink, $"d{i}/link") { LinkName = "x" })]);
        Directory.CreateDirectory(Into);
        await Should.ThrowAsync<OperationCanceledException>(() => new CodeUnpack(new EndsWith(archive, gone.Cancel), Into).RunAsync(gone.Token));
        Directory.EnumerateFileSystemEntries(Into).ShouldBeEmpty();
    }

    /// <summary>Calls when all of it was read; itself it heeds no token.</summary>
    private sealed class EndsWith(byte[] content, Action ended) : MemoryStream(content)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, CancellationToken.None);
            if (count == 0)
                ended();
            return count;
        }
    }

    [Theory]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.Fifo)]
    public async Task What_is_neither_file_nor_link_is_refused(TarEntryType type)
    {
        var entry = new PaxTarEntry(type, "x");
        if (type == TarEntryType.HardLink)
            entry.LinkName = "y";
        (await UnpackAsync(Tar(entry))).Problem!.Message.ShouldContain("neither a file nor a symbolic link");
    }

    [Fact]
    public async Task An_archive_that_is_cut_that_is_none_or_that_promises_more_than_is_taken_is_refused_before_it_is_read()
    {
        var whole = Tar(new PaxTarEntry(TarEntryType.RegularFile, "x") { DataStream = new MemoryStream(new byte[5000]) });
        for (var length = 0; length < whole.Length - 1024; length += 333)
            (await UnpackAsync(whole[..length])).Problem!.Id.ShouldBe("code-archive", $"cut at {length}");
        (await UnpackAsync(Encoding.ASCII.GetBytes(new string('x', 2000)))).Problem!.Id.ShouldBe("code-archive");

        // A header that claims two gigabytes, and one before it that claims a long name.
        foreach (var (type, size) in ((TarEntryType, string)[])[(TarEntryType.RegularFile, "20000000000"), (TarEntryType.ExtendedAttributes, "77777777777")])
        {
            var header = Tar(new UstarTarEntry(TarEntryType.RegularFile, "x"))[..512];
            header[156] = (byte)type;
            Encoding.ASCII.GetBytes(size[..Math.Min(11, size.Length)].PadRight(12, '\0')).CopyTo(header, 124);
            Encoding.ASCII.GetBytes("        ").CopyTo(header, 148);
            Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
            (await UnpackAsync(header)).Problem!.Message.ShouldContain("larger than");
        }
    }

    private void NothingOutside() => Directory.EnumerateFileSystemEntries(root.Path).Where(e => e != Into).ShouldBeEmpty();

    private Task<Outcome<UnpackedCode>> UnpackAsync(byte[] archive)
    {
        if (Directory.Exists(Into))
            Directory.Delete(Into, recursive: true);
        Directory.CreateDirectory(Into);
        return new CodeUnpack(new MemoryStream(archive), Into).RunAsync(Token);
    }

    private static byte[] Tar(params TarEntry[] entries)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            foreach (var entry in entries)
                writer.WriteEntry(entry);
        }

        return archive.ToArray();
    }
}
