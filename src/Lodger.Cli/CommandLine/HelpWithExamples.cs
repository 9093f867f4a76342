using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Lodger.Domain.Problems;

namespace Lodger.Cli.CommandLine;

/// <summary>The parser's help, then examples and exit statuses.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly ExitCode[] Always = [ExitCode.Ok, ExitCode.BadInput];

    public override int Invoke(ParseResult parseResult)
    {
        usual.MaxWidth = 80;
        var status = usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is Verb verb)
            Write(verb, output);
        return status;
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
