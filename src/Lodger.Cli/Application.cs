using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;

namespace Lodger.Cli;

/// <summary>One run of the command: parse, carry out, exit status. Nothing else knows what ends a process.</summary>
internal static class Application
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings around, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        try
        {
            var parse = CommandTree.Make(around, arguments).Parse(arguments, CommandTree.Plain);
            screen.IsJson = Shared.IsJson(parse);
            if (!IsHelp(parse) && Misuse.In(parse) is { } misuse)
                return (int)screen.Fail(misuse);
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = screen.OutWriter,
                Error = screen.ErrWriter,
            };
            return await parse.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (int)ExitCode.Interrupted;
        }
        catch (OutputLostException e)
        {
            return OutputLost(screen.ErrWriter, e);
        }
        catch (IOException e) when (GuardedWriter.IsBrokenPipe(e))
        {
            // The reader of our output has gone, as head(1) does; nobody is left to tell.
            return (int)ExitCode.Ok;
        }
        catch (Exception e)
        {
            return Defect(around, e);
        }
    }

    private static bool IsHelp(ParseResult parse) => parse.Action is HelpWithExamples or null || parse.Action.GetType().Name is "VersionOptionAction";

    /// <summary>Writes an answer that is there already to the process's own output.</summary>
    public static int Answer(string text, int status)
    {
        try
        {
            new GuardedWriter(Console.Out, isAnswer: true).Write(text);
            return status;
        }
        catch (OutputLostException e)
        {
            return OutputLost(new GuardedWriter(Console.Error, isAnswer: false), e);
        }
        catch (IOException e) when (GuardedWriter.IsBrokenPipe(e))
        {
            return (int)ExitCode.Ok;
        }
    }

    /// <summary>Nobody reads the answer; what the command did stands.</summary>
    private static int OutputLost(TextWriter remarks, OutputLostException lost)
    {
        remarks.WriteLine($"Standard output cannot be written: {lost.Message.TrimEnd('.')}. What was done stands.");
        return (int)ExitCode.Prerequisite;
    }

    /// <summary>The outermost boundary: whatever gets here is a bug, told in a sentence, with the trace where a developer finds it.</summary>
    private static int Defect(Surroundings around, Exception e)
    {
        var where = "";
        if (around.Places().TryGet(out var places, out _) && places.Prepare().IsOk)
        {
            var file = Path.Combine(places.State, "defects.log");
            File.AppendAllText(file, $"{around.Time.GetUtcNow():O} {around.Program.Build}\n{e}\n\n");
            where = $"The details are in {file}; please report them.";
        }

        return (int)around.Screen.Fail(new Problem("defect", $"This is a defect in Lodger: {e.GetType().Name}: {e.Message}", where, ExitCode.Defect));
    }
}
