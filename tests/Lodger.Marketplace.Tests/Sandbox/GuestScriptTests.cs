namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class GuestScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lodger-box-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Shellcheck_finds_nothing_in_the_scripts()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/shellcheck"), "shellcheck is not installed.");
        var assembly = typeof(Lodger.Marketplace.Sandbox.BubblewrapSandboxHost).Assembly;
        var names = assembly.GetManifestResourceNames().Where(name => name.StartsWith("guest/", StringComparison.Ordinal) && !name.EndsWith(".py", StringComparison.Ordinal)).ToList();
        names.Count.ShouldBe(18);
        foreach (var name in names)
        {
            await using var script = assembly.GetManifestResourceStream(name)!;
            await using var file = File.Create(Path.Combine(_folder.FullName, Path.GetFileName(name)));
            await script.CopyToAsync(file, TestContext.Current.CancellationToken);
        }

        (await Tool.RunAsync("/usr/bin/shellcheck", ["-x", "-P", _folder.FullName, .. _folder.EnumerateFiles().Select(file => file.FullName)])).Must();
    }
}
