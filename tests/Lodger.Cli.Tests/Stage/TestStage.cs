using System.CommandLine.Parsing;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Commands;
using Lodger.Cli.Composition;
using Lodger.Cli.Published;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Tests.Shared;

namespace Lodger.Cli.Tests.Stage;

/// <summary>A command line run in this process: own directories, own environment, typed answers, everything printed kept.</summary>
internal sealed class TestStage : IDisposable
{
    public const string Build = "test-build";

    private readonly DirectoryInfo directory = System.IO.Directory.CreateTempSubdirectory("lcli");
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    public TestStage()
    {
        Environment["HOME"] = directory.FullName;
        Environment["LODGER_STATE_DIR"] = Path.Combine(directory.FullName, "s");
        Environment["USER"] = "anna";
        System.IO.Directory.CreateDirectory(Path.Combine(directory.FullName, "s"));
    }

    public string Directory => directory.FullName;

    public string Socket => Path.Combine(directory.FullName, "s", "server.sock");

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Lines that a person types; null: nobody is there to ask.</summary>
    public string? Answers { get; set; }

    /// <summary>An 80-column terminal without redrawing, so that what is printed can be read back.</summary>
    public bool IsTerminal { get; set; }

    /// <summary>The terminal's locale knows ASCII alone.</summary>
    public bool IsAscii { get; set; }

    public string Out => output.ToString();

    /// <summary>For sentences that a narrow terminal may have broken.</summary>
    public string OutInOneLine => string.Join(' ', Out.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    public string Error => error.ToString();

    /// <summary>As <see cref="OutInOneLine"/>.</summary>
    public string ErrorInOneLine => string.Join(' ', Error.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    public string Write(string name, string text)
    {
        var path = Path.Combine(directory.FullName, name);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public Surroundings Around()
    {
        var input = new StringReader(Answers ?? "");
        var isPerson = Answers is not null || IsTerminal;
        var traits = new ScreenTraits(isPerson, isPerson, isPerson, MayRedraw: false, NoColor: true, Width: 80, Unicode: !IsAscii);
        return new Surroundings
        {
            Screen = new Screen(output, error, input, traits),
            Time = Time,
            Environment = Environment,
            CurrentDirectory = directory.FullName,
            Input = input,
            // Nothing is ever started from a test by accident.
            Program = new OwnProgram("/bin/false", [], Build),
            TabPatience = TimeSpan.FromMinutes(2),
        };
    }

    /// <summary>What it prints with <c>--json</c> must be what is published.</summary>
    public async Task<ExitCode> RunAsync(params string[] arguments)
    {
        var around = Around();
        var before = output.ToString().Length;
        var exit = (ExitCode)await Application.RunAsync(arguments, around, TestContext.Current.CancellationToken);
        if (around.Screen.IsJson && CommandOf(around, arguments) is { } command && !JsonAnswers.Without.ContainsKey(command))
            await PublishedJson.ShouldHoldAsync(command, output.ToString()[before..], exit != ExitCode.Ok);
        return exit;
    }

    /// <summary>Null where the words are no command, or one that is not shown.</summary>
    private static string? CommandOf(Surroundings around, string[] arguments)
    {
        var words = new List<string>();
        for (var at = CommandTree.Make(around).Parse(arguments, CommandTree.Plain).CommandResult; at?.Command is Verb { Hidden: false } verb; at = at.Parent as CommandResult)
            words.Insert(0, verb.Name);
        var command = string.Join(' ', words);
        return SchemaCommand.AllOf(CommandTree.Make(around)).Contains(command) ? command : null;
    }

    public void Dispose() => directory.Delete(recursive: true);
}
