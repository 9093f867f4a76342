using System.Diagnostics;
using System.Formats.Tar;
using Lodger.Domain.Box;
using Lodger.Remote.Code;

namespace Lodger.Remote.Tests;

public sealed class CodeScanTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lodger code ").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    private void Write(string path, string text = "x")
    {
        var full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private async Task<string> Files() =>
        string.Join(' ', (await CodeScan.RunAsync(root, TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBeOk().Files);

    [Fact]
    public async Task Of_code_that_others_made_git_is_not_asked_and_no_list_that_lies_in_it_is_believed()
    {
        WriteTree();
        Git("init", "-q");
        Git("add", "-f", "a.log");
        Write("sub/module/.git", "gitdir: /elsewhere\n");
        Write("sub/module/in");
        (await Files()).ShouldContain("a.log");
        const string walked = ".gitignore docs/y.txt filex.txt keep.log local sub/.gitignore sub/b.log sub/build/in sub/cache.txt sub/module/in sub/tmp/b.txt train.py";
        (await Files(CodeOrigin.Foreign)).ShouldBe(walked);
        (await Files(CodeOrigin.HandedOver)).ShouldBe(walked);
        Write(".lodger/prepared", "a.log\0train.py\0");
        (await Files(CodeOrigin.HandedOver)).ShouldBe("a.log train.py");
        (await Files(CodeOrigin.Foreign)).ShouldBe(walked);
        foreach (var elsewhere in (string[])["../x", "/etc/passwd", ".lodger/prepared", "sub/../../x"])
        {
            Write(".lodger/prepared", $"train.py\0{elsewhere}\0");
            foreach (var origin in (CodeOrigin[])[CodeOrigin.Own, CodeOrigin.HandedOver])
            {
                (await CodeScan.RunAsync(root, origin, TimeProvider.System, TestContext.Current.CancellationToken)).Problem!.Id.ShouldBe("code-unreadable", elsewhere);
            }
        }
    }

    private async Task<string> Files(CodeOrigin origin) =>
        string.Join(' ', (await CodeScan.RunAsync(root, origin, TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBeOk().Files);

    private string Git(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", ["-C", root, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return said;
    }

    private void WriteTree()
    {
        Write(".gitignore", "*.log\n!keep.log\n/build/\n# comment\n\\#odd\ncache/\n**/tmp/*.bin\ndocs/**/*.pdf\nfile[0-9].txt\ntrail \\ \n");
        foreach (var file in new[]
                 {
                     "train.py", "a.log", "keep.log", "sub/b.log", "build/out", "sub/build/in", "#odd", "cache/x", "sub/cache/y", "tmp/a.bin", "sub/tmp/b.bin", "sub/tmp/b.txt",
                     "docs/x.pdf", "docs/deep/y.pdf", "docs/y.txt", "file1.txt", "filex.txt", "sub/cache.txt",
                 })
        {
            Write(file);
        }

        Write("sub/.gitignore", "!b.log\nlocal\n");
        Write("sub/local");
        Write("local");
        Write("sub/deep/local");
    }

    [Fact]
    public async Task A_repository_whose_configuration_names_a_program_does_not_have_it_run()
    {
        // Its index lacks a tree that a promised remote would have, and that remote is a command.
        Write("sub/a.py", "1");
        Write("keep/b.py", "2");
        Git("init", "-q");
        Git("add", ".");
        Git("-c", "user.email=a@b", "-c", "user.name=a", "commit", "-qm", "x");
        Git("sparse-checkout", "init", "--cone", "--sparse-index");
        Git("sparse-checkout", "set", "keep");
        var tree = Git("rev-parse", "HEAD:sub").Trim();
        File.Delete(Path.Combine(root, ".git", "objects", tree[..2], tree[2..]));
        var ran = Path.Combine(root, "ran");
        foreach (var (name, value) in ((string, string)[])[("core.repositoryformatversion", "1"), ("extensions.partialClone", "origin"), ("remote.origin.promisor", "true"), ("remote.origin.url", "."), ("remote.origin.uploadpack", $"touch '{ran}'; false")])
            Git("config", name, value);

        await Files();

        File.Exists(ran).ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ignore_files_mean_the_same_with_git_and_without(bool isWorkTree)
    {
        WriteTree();
        if (isWorkTree)
        {
            Git("init", "-q");
        }

        (await Files()).ShouldBe(".gitignore docs/y.txt filex.txt keep.log local sub/.gitignore sub/b.log sub/build/in sub/cache.txt sub/tmp/b.txt train.py");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_lodgerignore_names_bundles_and_own_directories_are_never_sent(bool isWorkTree)
    {
        if (isWorkTree)
        {
            Git("init", "-q");
        }

        Write("train.py");
        Write("notes/plan.md");
        Write("notes/keep.md");
        Write(".lodgerignore", "notes/*\n!notes/keep.md\n");
        Write("results/job/.lodger/manifest");
        Write("results/job/weights.npy");
        Write(".lodger/state");
        (await Files()).ShouldBe(".lodgerignore notes/keep.md train.py");
    }

    [Fact]
    public async Task Tracked_files_that_were_deleted_and_repositories_within_are_understood()
    {
        Git("init", "-q");
        Write("gone.py");
        Write("train.py");
        Git("add", "-A");
        File.Delete(Path.Combine(root, "gone.py"));
        Directory.CreateDirectory(Path.Combine(root, "inner"));
        Git("init", "-q", "inner");
        Write("inner/.gitignore", "*.o\n");
        Write("inner/lib.c");
        Write("inner/lib.o");
        (await Files()).ShouldBe("inner/.gitignore inner/lib.c train.py");
    }

    [Fact]
    public async Task Scripts_with_crlf_are_found_and_repaired_in_a_copy_alone()
    {
        Write("run.sh", "#!/bin/sh\r\necho hi\r\n");
        Write("tool", "#!/usr/bin/env bash\r\necho hi\r\n");
        Write("notes.txt", "a\r\nb\r\n");
        Write("fine.sh", "echo hi\n");
        Write("ignored.log", "x");
        Write("forced.log", "x");
        Write(".gitignore", "*.log\n");
        Git("init", "-q");
        Git("add", "-f", "forced.log");
        var found = (await CodeScan.RunAsync(root, TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBeOk();
        found.CrlfScripts.ShouldBe(["run.sh", "tool"]);
        found.Bytes.ShouldBe(found.Files.Sum(file => new FileInfo(Path.Combine(root, file)).Length));

        var copy = Directory.CreateTempSubdirectory("lodger-copy-").FullName;
        try
        {
            var prepared = PreparedCode.Make(root, found, copy);
            var scanned = (await CodeScan.RunAsync(copy, TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBeOk();
            scanned.Files.ShouldBe(found.Files);
            scanned.CrlfScripts.ShouldBeEmpty();
            scanned.Bytes.ShouldBe(prepared.Bytes);
            File.ReadAllText(Path.Combine(copy, "run.sh")).ShouldBe("#!/bin/sh\necho hi\n");
            File.ReadAllText(Path.Combine(copy, "notes.txt")).ShouldBe("a\r\nb\r\n");
            File.ReadAllText(Path.Combine(root, "run.sh")).ShouldBe("#!/bin/sh\r\necho hi\r\n");
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task A_pipe_among_the_code_keeps_nothing_waiting()
    {
        Write("train.py");
        Write("package/__init__.py", "");
        using var make = Process.Start("mkfifo", [Path.Combine(root, ".gitignore"), Path.Combine(root, "pipe")]);
        await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        make.ExitCode.ShouldBe(0);
        var copy = Directory.CreateTempSubdirectory("lodger-copy-").FullName;
        try
        {
            var (prepared, packed) = await Task.Run(
                async () =>
                {
                    var found = (await CodeScan.RunAsync(root, TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBeOk();
                    using var archive = new MemoryStream();
                    await CodePack.WriteAsync(root, found, archive, TestContext.Current.CancellationToken);
                    return (PreparedCode.Make(root, found, copy), archive.ToArray());
                },
                TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
            prepared.Files.ShouldContain("train.py");
            new FileInfo(Path.Combine(copy, "package/__init__.py")).ShouldSatisfyAllConditions(file => file.Exists.ShouldBeTrue(), file => file.Length.ShouldBe(0));
            (await File.ReadAllTextAsync(Path.Combine(copy, "train.py"), TestContext.Current.CancellationToken)).ShouldBe("x");
            using var tar = new TarReader(new MemoryStream(packed));
            var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
            while (await tar.GetNextEntryAsync(copyData: false, TestContext.Current.CancellationToken) is { } entry)
            {
                sizes[entry.Name] = entry.Length;
            }

            sizes["train.py"].ShouldBe(1);
            sizes["package/__init__.py"].ShouldBe(0);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task A_missing_directory_is_the_users_mistake()
    {
        (await CodeScan.RunAsync(root + "/none", TimeProvider.System, TestContext.Current.CancellationToken)).ShouldFail("code-missing");
    }
}
