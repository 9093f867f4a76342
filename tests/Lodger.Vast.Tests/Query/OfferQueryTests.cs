using FsCheck;
using FsCheck.Fluent;
using Lodger.Vast.Query;

namespace Lodger.Vast.Tests.Query;

public sealed class OfferQueryTests
{
    public static TheoryData<string, string> Table()
    {
        var rows = new TheoryData<string, string>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Query", "queries.tsv")).Where(line => !line.StartsWith('#')))
        {
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            rows.Add(line[..tab], line[(tab + 1)..]);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void A_query_means_what_it_means_to_the_official_client(string text, string expected)
    {
        var isRead = OfferQuery.TryParse(text, OfferQuery.OfficialDefaults, out var query, out var error);

        (isRead ? query.ToString() : $"! {error!.Column}").ShouldBe(expected);
    }

    [Fact]
    public void The_table_is_not_empty() => Table().Count.ShouldBeGreaterThan(100);

    [Theory]
    [InlineData("gpu_nam=RTX_4090", 1, "gpu_name")]
    [InlineData("num_gpus=1 reliablity>0.9", 12, "reliability")]
    [InlineData("num_gpus=1 dhp<1", 12, "dph")]
    [InlineData("direct_ports>=1", 1, null)]
    [InlineData("cuda_max>=12", 1, "cuda_max_good")]
    [InlineData("num_gpus=>2", 9, ">=")]
    [InlineData("gpu_ram ~ 5", 9, null)]
    [InlineData("disk_space>100 and gpu_ram>10", 16, null)]
    [InlineData("gpu_name=RTX 4090", 14, "gpu_name=RTX_4090")]
    [InlineData("gpu_name!=RTX PRO 6000 WS num_gpus=1", 15, "gpu_name!=RTX_PRO_6000_WS")]
    [InlineData("gpu_name=RTX_4090 nmu_gpus=1", 19, "num_gpus")]
    [InlineData("num_gpus=1 4090", 12, null)]
    public void A_mistake_is_named_with_its_column_and_what_was_probably_meant(string text, int column, string? suggestion)
    {
        OfferQuery.TryParse(text, OfferQuery.Everything, out _, out var error).ShouldBeFalse();

        (error!.Column, error.Suggestion).ShouldBe((column, suggestion));
        error.Pointer.Split('\n')[1].Length.ShouldBe(column);
    }

    [Fact]
    public void A_problem_reads_as_a_sentence()
    {
        var problem = OfferQuery.Parse("num_gpus=1 gpu_ram>=lots").Problem!;

        problem.Id.ShouldBe("bad-query");
        problem.Message.ShouldBe("""Offer query, column 21: gpu_ram is a number; expected a number in GB, found "lots".""");
    }

    [Theory]
    [InlineData("gpu_name=RTX 4090", "Did you mean gpu_name=RTX_4090? A value with a space is written with _ instead, or in quotes.")]
    [InlineData("dhp<1", "Did you mean dph?")]
    [InlineData("4090", "The fields: bw_nvlink, ")]
    [InlineData("gpu_ram ~ 5", "Conditions stand side by side, for example  gpu_name=RTX_4090")]
    [InlineData("gpu_name='RTX", "Conditions stand side by side")]
    public void Every_mistake_has_a_next_step(string text, string fix) => OfferQuery.Parse(text).Problem!.Fix.ShouldStartWith(fix);

    [Theory]
    [InlineData("-dph+")]
    [InlineData("zzzzzz")]
    public void So_has_one_in_an_order(string text) => OfferOrder.Parse(text).Problem!.Fix.ShouldNotBeEmpty();

    [Fact]
    public void Without_defaults_nothing_is_added() => OfferQuery.Parse("").Value.ToString().ShouldBe("{}");

    [Theory]
    [InlineData("dlperf_usd-", "dlperf_per_dphtotal desc")]
    [InlineData("dph+", "dph_total asc")]
    [InlineData("dph", "dph_total asc")]
    [InlineData("num_gpus,total_flops-", "num_gpus asc,total_flops desc")]
    [InlineData(" num_gpus- , dph ", "num_gpus desc,dph_total asc")]
    [InlineData("-dph", "dph_total desc")]
    [InlineData("score-", "score desc")]
    [InlineData("", "")]
    public void An_order_reads_as_the_official_client_reads_it(string text, string expected) =>
        string.Join(',', OfferOrder.Parse(text).Value.Fields.Select(by => $"{by.Field} {(by.IsDescending ? "desc" : "asc")}")).ShouldBe(expected);

    [Theory]
    [InlineData("dhp-", "column 1", "dph")]
    [InlineData("num_gpus, dlperf_us-", "column 11", "dlperf_usd")]
    [InlineData("dph+-", "column 1", "")]
    [InlineData("-", "column 1", "")]
    public void An_order_by_nothing_known_is_named_with_its_column(string text, string column, string suggestion)
    {
        var problem = OfferOrder.Parse(text).Problem.ShouldNotBeNull();

        problem.Message.ShouldContain(column);
        problem.Fix.ShouldContain(suggestion);
    }

    [Fact]
    public void No_text_whatever_throws_and_every_mistake_points_into_the_text()
    {
        string[] pieces = ["gpu_name", "num_gpus", "=", ">=", "<", "!=", "in", "not in", "[", "]", "\"", "'", ",", " ", "  ", "any", "RTX_4090", "1", "0.5", "-", "é", "\u0000", "535.86.05", "not", "eq"];
        var text = Gen.Elements(pieces).ListOf().Select(parts => string.Concat(parts)).ToArbitrary();

        Prop.ForAll(text, given =>
        {
            if (OfferQuery.TryParse(given, OfferQuery.OfficialDefaults, out var query, out var error))
            {
                using var json = System.Text.Json.JsonDocument.Parse(query.ToString());
                return json.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object;
            }

            return error!.Column >= 1 && error.Column <= given.Length + 1 && error.Message.Length > 0 && OfferOrder.Parse(given) is var order && (order.IsOk || order.Problem.Message.Length > 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void A_number_condition_is_read_back_as_it_was_written()
    {
        var number = Gen.Choose(-1_000_000, 1_000_000).Select(n => n / 1000m).ToArbitrary();

        Prop.ForAll(number, value =>
        {
            var written = value.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return OfferQuery.Parse($"dph<={written} gpu_ram>={written}").Value.Filters
                .Select(filter => ((QueryValue.Number)filter.Value).Value).SequenceEqual([value, value * 1000]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }
}
