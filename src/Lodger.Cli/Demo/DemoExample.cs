using Lodger.Domain.Problems;

namespace Lodger.Cli.Demo;

/// <summary>The training job of the demo: shipped beside the program, or found in the source tree above it.</summary>
internal sealed record DemoExample(string Directory)
{
    private const string Relative = "examples/digits";

    public string SpecFile => Path.Combine(Directory, "job.yaml");

    public static Outcome<DemoExample> Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var example = new DemoExample(Path.Combine(at.FullName, Relative));
            if (File.Exists(example.SpecFile))
                return example;
        }

        return new Problem("example-missing", $"The demo's example ({Relative}) lies neither beside the program nor in a directory above it.", "Install Lodger again, or run it from its source tree.", ExitCode.Prerequisite);
    }
}
