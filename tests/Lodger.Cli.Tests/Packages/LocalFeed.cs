using System.Diagnostics;
using Lodger.Cli.Tests.Docs;
using Lodger.Cli.Tests.Packages;

[assembly: AssemblyFixture(typeof(LocalFeed))]

namespace Lodger.Cli.Tests.Packages;

/// <summary>
/// Lodger's packages, made once from what the tests were built from, in a directory that stands for a package registry. Nothing asks any other: what the
/// packages depend on comes from the packages that the build of the tests restored.
/// </summary>
public sealed class LocalFeed : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);
    private static readonly string[] Projects = ["Lodger.Cli", "Lodger.Domain", "Lodger.Vast", "Lodger.Artifacts"];
    private readonly SemaphoreSlim packing = new(1);
    private bool isPacked;

    /// <summary>Everything that is made here, and gone afterwards.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("lpack").FullName;

    /// <summary>The packages.</summary>
    public string Feed => Path.Combine(Root, "feed");

    /// <summary>As <c>dotnet</c> is asked for from a test: the one that runs it, wherever it is installed.</summary>
    private static string Dotnet =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ??
        (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root && File.Exists(Path.Combine(root, "dotnet")) ? Path.Combine(root, "dotnet") : "dotnet");

    /// <summary>Where the build of the tests put the packages that it restored: what ours depend on is found there.</summary>
    internal static string Restored =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } stated ? stated : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        packing.Dispose();
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes the packages, for the first test that asks.</summary>
    public async Task PackedAsync()
    {
        await packing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (isPacked)
                return;
            await File.WriteAllTextAsync(
                Path.Combine(Root, "nuget.config"), $"""<configuration><packageSources><clear /><add key="feed" value="{Feed}" /></packageSources></configuration>""", TestContext.Current.CancellationToken);
            // Packing writes below obj of the source tree: another run of these tests from the same tree waits.
            await using var alone = await AloneAsync(Path.Combine(Page.Root, "src", "Lodger.Cli", "obj", "pack.lock"));
            var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
            foreach (var project in Projects)
                await DotnetAsync(Page.Root, "pack", $"src/{project}", "--no-build", "--configuration", configuration, "--output", Feed, "--nologo", "--verbosity", "quiet", "-p:UseArtifactsOutput=false");
            isPacked = true;
        }
        finally
        {
            packing.Release();
        }
    }

    /// <summary>Runs <c>dotnet</c>, which has to succeed, and returns what it said.</summary>
    public Task<string> DotnetAsync(string directory, params string[] arguments) => RunAsync(Dotnet, directory, [], arguments);

    /// <summary>Runs a program, which has to succeed, and returns what it said.</summary>
    /// <param name="directory">Where it is started.</param>
    /// <param name="environment">On top of the test's own.</param>
    public async Task<string> RunAsync(string program, string directory, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in (Dictionary<string, string>)new() { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["LODGER_STATE_DIR"] = Path.Combine(Root, "state"), ["XDG_CONFIG_HOME"] = Path.Combine(Root, "config") })
            start.Environment[name] = value;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(bound.Token);
            var error = process.StandardError.ReadToEndAsync(bound.Token);
            await process.WaitForExitAsync(bound.Token);
            process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{await output}{await error}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<FileStream> AloneAsync(string file)
    {
        var end = DateTimeOffset.UtcNow + Bound;
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTimeOffset.UtcNow < end)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);
            }
        }
    }
}
