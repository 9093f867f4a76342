using System.Text.Json;
using System.Xml.Linq;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

public sealed class SimulateTests : IDisposable
{
    private readonly TestStage stage = new();

    public SimulateTests()
    {
        Trace("a.json", i => i / 7 % 3 != 1);
        Trace("b.json", i => i / 11 % 2 == 0);
    }

    public void Dispose() => stage.Dispose();

    private void Trace(string name, Func<int, bool> up) =>
        stage.Write(name, $$"""{"metadata": {"gap_seconds": 600}, "data": [{{string.Join(", ", Enumerable.Range(0, 300).Select(i => up(i) ? 1 : 0))}}]}""");

    private Task<ExitCode> RunAsync(params string[] more) =>
        stage.RunAsync(["simulate", "--trace", "a.json", "b.json", "--work", "10h", "--deadline", "14h", "--restart", "12m", "--starts", "10", .. more]);

    [Fact]
    public async Task The_table_has_a_row_a_policy_and_fits_80_columns()
    {
        stage.IsTerminal = true;

        (await RunAsync()).ShouldBe(ExitCode.Ok);

        foreach (var policy in (string[])["hindsight", "on-demand only", "greedy spot", "Uniform Progress", "closed-form rule", "Lodger", "Lodger, learned"])
            stage.Out.ShouldContain($"\n  {policy} ");
        stage.OutInOneLine.ShouldContain("95 % bounds from 2 zones");
        stage.Out.Split('\n').ShouldAllBe(line => line.Length <= 80);
    }

    [Fact]
    public async Task Json_has_the_same_figures_and_is_the_same_for_the_same_seed()
    {
        (await RunAsync("--policy", "lodger,greedy", "--seed", "5", "--json")).ShouldBe(ExitCode.Ok);
        var first = stage.Out;
        (await RunAsync("--policy", "lodger,greedy", "--seed", "5", "--json")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldBe(first + first);
        var json = JsonDocument.Parse(first).RootElement;
        json.GetProperty("runs").GetInt32().ShouldBe(20);
        json.GetProperty("policies").EnumerateArray().Select(p => p.GetProperty("policy").GetString()).ShouldBe(["Lodger", "greedy spot"]);
        json.GetProperty("policies")[0].GetProperty("zones")[1].GetProperty("trace").GetString().ShouldBe("b");
    }

    [Fact]
    public async Task The_picture_is_svg_with_a_dot_a_trace_and_policy()
    {
        (await RunAsync("--plot", "costs.svg")).ShouldBe(ExitCode.Ok);

        var svg = XDocument.Load(Path.Combine(stage.Directory, "costs.svg"));
        svg.Root!.Name.LocalName.ShouldBe("svg");
        svg.Descendants().Count(e => e.Name.LocalName == "circle").ShouldBe(12);
        stage.Out.ShouldContain("Picture: costs.svg");
    }

    [Fact]
    public async Task A_trace_that_is_wrong_is_named_with_its_field()
    {
        stage.Write("b.json", """{"metadata": {"gap_seconds": 600}, "data": [0, 1, 7]}""");

        (await RunAsync()).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("b.json has a data[2] that is neither 0 nor 1.");
    }

    [Fact]
    public async Task A_trace_that_is_not_there_is_not_found()
    {
        File.Delete(Path.Combine(stage.Directory, "b.json"));

        (await RunAsync()).ShouldBe(ExitCode.NotFound);

        stage.Error.ShouldContain("b.json cannot be read");
    }

    [Theory]
    [InlineData("--restart", "12", "--restart 12 is not a duration such as 12m.")]
    [InlineData("--spot", "1.5", "--spot 1.5 is not between 0 and 1.")]
    [InlineData("--starts", "0", "--starts 0 is not a number from 1 to 100000.")]
    [InlineData("--available-when", "2", "--available-when 2 is not 0 or 1.")]
    [InlineData("--policy", "brave", "There is no policy 'brave'.")]
    public async Task Options_that_mean_nothing_are_refused(string option, string value, string why)
    {
        (await stage.RunAsync("simulate", "--trace", "a.json", "--work", "10h", "--deadline", "14h", option, value)).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain(why);
    }
}
