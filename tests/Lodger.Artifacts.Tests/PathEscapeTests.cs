using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Tests;

public sealed class PathEscapeTests
{
    [Fact]
    public void Any_bytes_survive_and_have_one_spelling() => Prop.ForAll<byte[]>(bytes =>
    {
        var name = bytes.Where(value => value != 0).ToArray();
        var escaped = PathEscape.Escape(name);
        return PathEscape.TryUnescape(Encoding.ASCII.GetBytes(escaped), out var back) && back.SequenceEqual(name)
            && escaped.All(c => c is > ' ' and < '\u007f');
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_is_either_refused_or_is_the_spelling_of_what_it_stands_for() => Prop.ForAll<byte[]>(text =>
        !PathEscape.TryUnescape(text, out var name) || Encoding.ASCII.GetBytes(PathEscape.Escape(name)).SequenceEqual(text)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public void The_shell_function_in_the_documentation_spells_as_we_do(string shell)
    {
        var document = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "formats", "manifest.md"));
        var function = document.Split("```sh\n")[1].Split("```")[0];
        string[] names = ["plain/name.pt", "résumé (1).txt", "a\nb\tc%d", "-n", "\\n\\\\", "*?[x]", "'\"$(x)`", " lead and trail ", "\u001b[2J", "\u007f"];
        var start = new ProcessStartInfo(shell) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["LC_ALL"] = "C";
        foreach (var argument in (string[])["-c", function + "\nfor f do escape \"$f\"; echo; done", "sh", .. names])
        {
            start.ArgumentList.Add(argument);
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{shell} is not installed");
            return;
        }

        using (process)
        {
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit(TimeSpan.FromMinutes(2)).ShouldBeTrue();
            output.TrimEnd('\n').Split('\n').ShouldBe(names.Select(PathEscape.Escape));
        }
    }

    private static string RepositoryRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Lodger.slnx")))
        {
            directory = Path.GetDirectoryName(directory).ShouldNotBeNull("the repository's root was not found");
        }

        return directory;
    }
}
