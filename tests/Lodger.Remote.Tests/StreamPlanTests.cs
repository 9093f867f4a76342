using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Tests;

public sealed class StreamPlanTests
{
    private const long Mb = 1 << 20;

    [Theory]
    [InlineData("a/run.log", true)]
    [InlineData("METRICS.CSV", true)]
    [InlineData("events.jsonl", true)]
    [InlineData("model.safetensors", false)]
    [InlineData("best.pt", false)]
    [InlineData("a.npz", false)]
    [InlineData("table.parquet", false)]
    [InlineData("run.log.gz", false)]
    [InlineData("picture.png", false)]
    [InlineData("README", false)]
    [InlineData("log", false)]
    public void Only_what_is_text_by_its_name_is_compressed(string path, bool isText) => TextFiles.IsText(path).ShouldBe(isText);

    [Fact]
    public void Few_or_small_files_have_one_connection_and_a_text_that_is_not_worth_one_travels_with_the_rest()
    {
        StreamPlan.Of([new("model.safetensors", 5000 * Mb)], 4).Count.ShouldBe(1);
        StreamPlan.Of([.. Enumerable.Range(0, 2000).Select(i => new WantedFile($"{i}.npy", 8_000))], 4).Count.ShouldBe(1);
        StreamPlan.Of([new("model.safetensors", 5000 * Mb), new("run.log", 100_000)], 4).ShouldHaveSingleItem().IsText.ShouldBeFalse();
        StreamPlan.Of([new("run.log", 5 * Mb)], 4).ShouldHaveSingleItem().IsText.ShouldBeTrue();
        StreamPlan.Of([new("a.pt", 100 * Mb), new("b.pt", 100 * Mb), new("c.pt", 100 * Mb), new("d.pt", 100 * Mb), new("e.pt", 90 * Mb)], 4)
            .Select(stream => stream.Bytes / Mb).ShouldBe([190, 100, 100, 100]);
    }

    [Fact]
    public void The_proxy_has_one_connection_and_a_machine_itself_several()
    {
        var direct = new BoxAddress("1", new Endpoint("1.2.3.4", 22), IsProxy: false);
        StreamPlan.MostFor(direct).ShouldBe(4);
        StreamPlan.MostFor(direct with { IsProxy = true }).ShouldBe(1);
    }

    [Fact]
    public void Whatever_is_to_travel_each_file_is_in_one_stream_and_there_are_never_more_streams_than_the_line_bears()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var files = Enumerable.Range(0, random.Next(1, 40)).Select(i => new WantedFile($"{i}{(random.Next(3) == 0 ? ".log" : ".pt")}", random.Next(200) * Mb / 2)).ToList();
            var most = random.Next(1, 5);
            var streams = StreamPlan.Of(files, most);
            var what = $"seed {seed}";
            streams.SelectMany(s => s.Files).OrderBy(f => f.Path, StringComparer.Ordinal).ShouldBe(files.OrderBy(f => f.Path, StringComparer.Ordinal), what);
            // Where one is all that there may be, text and the rest follow each other.
            streams.Count.ShouldBeLessThanOrEqualTo(Math.Max(most, 2), what);
            streams.Where(s => s.IsText).ShouldAllBe(s => s.Files.All(f => TextFiles.IsText(f.Path)), what);
            streams.ShouldAllBe(s => s.Files.Count > 0, what);
        }
    }
}
