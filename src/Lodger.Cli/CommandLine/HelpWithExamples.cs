using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;

namespace Lodger.Cli.CommandLine;

/// <summary>The parser's help, then examples and exit statuses.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    private const int Width = 80;
    private static readonly ExitCode[] Always = [ExitCode.Ok, ExitCode.BadInput];

    public override int Invoke(ParseResult parseResult)
    {
        usual.MaxWidth = Width;
        var configuration = parseResult.InvocationConfiguration;
        var output = configuration.Output;
        using var said = new StringWriter();
        configuration.Output = said;
        var status = usual.Invoke(parseResult);
        configuration.Output = output;
        WriteUsual(said.ToString(), parseResult.CommandResult.Command, output);
        if (parseResult.CommandResult.Command is Verb verb)
            Write(verb, output);
        return status;
    }

    /// <summary>Without the spaces that a broken line leaves behind, and with a list of commands that is easier to read: names and what they do.</summary>
    private static void WriteUsual(string text, Command command, TextWriter output)
    {
        foreach (var line in text.TrimEnd().Split('\n').Select(l => l.TrimEnd()))
        {
            if (line == "Commands:")
                break;
            output.WriteLine(line);
        }

        var commands = command.Subcommands.Where(c => !c.Hidden).ToList();
        if (commands.Count > 0)
        {
            output.WriteLine("Commands:");
            var names = commands.Max(c => c.Name.Length);
            foreach (var listed in commands)
            {
                var lines = Wrapped.Lines(listed.Description ?? "", Width - names - 4);
                output.WriteLine($"  {listed.Name.PadRight(names)}  {lines[0]}");
                foreach (var more in lines.Skip(1))
                    output.WriteLine($"{new string(' ', names + 4)}{more}");
            }
        }

        output.WriteLine();
    }

    private static void Write(Verb verb, TextWriter output)
    {
        if (verb.Examples.Count > 0)
        {
            output.WriteLine(verb.Examples.Count == 1 ? "Example:" : "Examples:");
            foreach (var example in verb.Examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
        }

        if (verb.Action is null)
            return;
        output.WriteLine("Exit status:");
        foreach (var code in Always.Concat(verb.Exits).Append(ExitCode.Interrupted).Distinct().Order())
            output.WriteLine($"  {(int)code,3}  {ExitMeaning.Of(code)}");
        output.WriteLine();
    }
}
