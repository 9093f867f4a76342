using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Remote.Script;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger exec</c>: one command on a job's machine.</summary>
internal static class ExecCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.NamedJob();
        var command = new Argument<string[]>("COMMAND") { Description = "After --: a program and its arguments; one argument alone is a shell line", Arity = ArgumentArity.OneOrMore };
        return new Verb("exec", "Run one command in the workdir on a job's machine (its exit status is the command's)")
        {
            Examples = ["lodger exec digits -- nvidia-smi", "lodger exec digits -- 'tail -n 3 *.log'"],
            Exits = MachineVerb.Exits,
        }
        .With(name, command)
        .Does((parse, token) => around.WithMachineAsync(
            parse.GetValue(name),
            machine => around.SshAsync(machine, machine.Ssh.Command(Line(machine.Box.Workdir, parse.GetValue(command)!)), isLogin: false, token),
            token));
    }

    private static string Line(string workdir, string[] words)
    {
        var line = words.Length == 1 ? words[0] : string.Join(' ', words.Select(ShellQuote.Word));
        return $"cd {ShellQuote.Word(workdir)} 2>/dev/null; {line}";
    }
}
