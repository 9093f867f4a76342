using Lodger.Cli.Composition;

namespace Lodger.Cli.Tests;

public sealed class ForegroundProcessTests
{
    private const string Says = @"printf '\033]52;c;aGk=\007out\n'; printf '\033]52;c;aGk=\007err\n' >&2; exit 7";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_output_that_is_a_terminal_is_cleaned_whatever_the_other_is()
    {
        using var errors = new StringWriter();
        (await ForegroundProcess.RunAsync("sh", ["-c", $"exec >/dev/null; {Says}"], endWithUs: true, output: null, errors, Token)).Value.ShouldBe(7);
        errors.ToString().ShouldSatisfyAllConditions(s => s.ShouldContain("err"), s => s.ShouldNotContain("\x1b"), s => s.ShouldNotContain("out"));

        using var output = new StringWriter();
        (await ForegroundProcess.RunAsync("sh", ["-c", $"exec 2>/dev/null; {Says}"], endWithUs: true, output, errors: null, Token)).Value.ShouldBe(7);
        output.ToString().ShouldSatisfyAllConditions(s => s.ShouldContain("out"), s => s.ShouldNotContain("\x1b"), s => s.ShouldNotContain("err"));
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_said() =>
        (await ForegroundProcess.RunAsync("no-such-program-of-lodger", [], endWithUs: true, null, null, Token)).Problem!.Id.ShouldBe("program-missing");
}
