using System.Runtime.CompilerServices;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Problems;

public sealed class ExitCodeReferenceTests
{
    [Fact]
    public void The_reference_lists_every_exit_code_once_and_no_other()
    {
        string[][] rows =
        [
            .. File.ReadAllLines(Path.Combine(Root(), "docs", "exit-codes.md"))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Where(cells => cells.Length == 5 && cells[1].Length > 0 && cells[1].All(char.IsAsciiDigit)),
        ];

        rows.Select(cells => $"{cells[1]} {cells[2]}").ShouldBe(Enum.GetValues<ExitCode>().Select(code => $"{(int)code} {code}"));
        rows.ShouldAllBe(cells => cells[3].Length > 10);
    }

    private static string Root([CallerFilePath] string here = "")
    {
        string directory = Path.GetDirectoryName(here)!;
        while (!File.Exists(Path.Combine(directory, "Lodger.slnx")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException($"no Lodger.slnx above {here}");
        return directory;
    }
}
