using System.Globalization;
using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

/// <summary>A plan that finds no offer says whether the GPU's name is to blame, or that others rented it.</summary>
public sealed class NamedGpuTests
{
    private static readonly Offer[] Market =
        [Named("1", "RTX 4090", 1), Named("2", "RTX 4090", 2), Named("3", "RTX 3090", 1), Named("4", "H100 SXM", 1), Named("5", "H100 NVL", 1), Named("6", "RTX A6000", 1)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("RTX 4909", "stub market has no GPU called RTX 4909. Did you mean RTX 4090?")]
    [InlineData("RTX4090", "stub market has no GPU called RTX4090. Did you mean RTX 4090?")]
    [InlineData("rtx 3090", "stub market has no GPU called rtx 3090. Did you mean RTX 3090?")]
    [InlineData("H100", "stub market has no GPU called H100. Did you mean H100 NVL or H100 SXM?")]
    [InlineData("A6000", "stub market has no GPU called A6000. Did you mean RTX A6000?")]
    [InlineData("TPU", "stub market has no GPU called TPU.")]
    public async Task A_name_that_no_machine_has_is_said_with_the_one_that_was_meant(string name, string said)
    {
        var problem = await PlanAsync(new GpuRequest([name], 1, null), rented: []);
        (problem.Id, problem.ExitCode, problem.Message).ShouldBe(("gpu-unknown", ExitCode.NoOffer, said));
        problem.Fix.ShouldContain("lodger offers");
    }

    [Fact]
    public async Task Machines_that_are_all_rented_are_no_wrong_name()
    {
        var problem = await PlanAsync(new GpuRequest(["RTX 4090"], 2, null), rented: ["2"]);
        (problem.Id, problem.ExitCode, problem.Message).ShouldBe(("gpu-rented", ExitCode.NoOffer, "All machines with 2x RTX 4090 on stub market are rented now."));
    }

    [Fact]
    public async Task A_count_that_no_machine_has_is_said_with_those_that_there_are()
    {
        var problem = await PlanAsync(new GpuRequest(["RTX 4090"], 8, null), rented: []);
        (problem.Id, problem.Message).ShouldBe(("gpu-count", "No machine on stub market has 8x RTX 4090; there are such with 1, 2."));
    }

    [Fact]
    public async Task A_gpu_that_is_free_was_left_out_for_something_else() =>
        (await PlanAsync(new GpuRequest(["RTX 4090"], 1, null), rented: [])).Message.ShouldBe($"No offer fits: 1x RTX 4090, {ServerStage.Spec.DiskGb} GB disk. Without  disk: {ServerStage.Spec.DiskGb}GB  there is offer 1 ({Shown(1, "RTX 4090")}).");

    [Fact]
    public async Task Of_several_names_each_wrong_one_is_answered()
    {
        var problem = await PlanAsync(new GpuRequest(["RTX 4909", "RTX 3091"], 1, null), rented: []);
        problem.Message.ShouldEndWith("Did you mean RTX 4090 or RTX 3090?");
    }

    [Theory]
    [InlineData("gpu_name=RTX_4909 disk_space>=9", "stub market has no GPU called RTX 4909. Did you mean RTX 4090?")]
    [InlineData("disk_space>=9 gpu_name = \"RTX 3091\"", "stub market has no GPU called RTX 3091. Did you mean RTX 3090?")]
    [InlineData("gpu_name=RTX_4090 num_gpus=8 disk_space>=9", "No machine on stub market has 8x RTX 4090; there are such with 1, 2.")]
    [InlineData("gpu_name=RTX_3090 disk_space>=9", "All machines with RTX 3090 on stub market are rented now.")]
    public async Task A_query_that_finds_nothing_is_answered_for_the_name_in_it(string query, string said) => (await WhyNoneAsync(query)).ShouldBe(said);

    [Theory]
    [InlineData("gpu_name=RTX_4090 num_gpus>=8 disk_space>=9")]
    [InlineData("gpu_name!=RTX_4909 disk_space>=9")]
    [InlineData("disk_space>=9")]
    public async Task Else_for_the_condition_that_alone_keeps_everything_out(string query) =>
        (await WhyNoneAsync(query)).ShouldBe($"stub market has no offer that fits. Without  disk_space>=9  there is offer 1 ({Shown(1, "RTX 4090")}).");

    private static string Shown(int count, string gpu) => $"{count}x {gpu}, {StubMarket.Offer.GpuMemoryMb / 1000} GB, ${StubMarket.Offer.GpuUsdPerHour.ToString("0.00#", CultureInfo.InvariantCulture)}/h";

    private static async Task<string> WhyNoneAsync(string query)
    {
        await using var stage = await ServerStage.StartAsync();
        stage.Market.Found = asked => Find(asked, ["3"]);
        var view = await stage.Client.OffersAsync("stub", query, 10, false, Token);
        view.Value!.Offers.ShouldBeEmpty();
        return view.Value.WhyNone!.Message;
    }

    private static async Task<Problem> PlanAsync(GpuRequest gpu, string[] rented)
    {
        await using var stage = await ServerStage.StartAsync();
        stage.Market.Found = query => Find(query, rented);
        return (await stage.Client.PlanAsync(new PlanRequest(ServerStage.Spec with { Gpu = gpu }, "stub", false, null, new PlanInputs()), Token)).Problem!;
    }

    /// <summary>What fits a query; one that asks for a disk finds nothing, which is what keeps everything from fitting.</summary>
    private static IReadOnlyList<Offer> Find(string query, string[] rented)
    {
        var words = query.Replace(" in [", "=[", StringComparison.Ordinal).Split(' ');
        var names = words.FirstOrDefault(w => w.StartsWith("gpu_name=", StringComparison.Ordinal))?["gpu_name=".Length..].Trim('[', ']').Replace('_', ' ').Split(',');
        var count = words.FirstOrDefault(w => w.StartsWith("num_gpus=", StringComparison.Ordinal))?["num_gpus=".Length..];
        return
        [
            .. Market.Where(o => !query.Contains("disk_space", StringComparison.Ordinal)
                && (names is null || names.Contains(o.GpuName))
                && (count is null || o.GpuCount.ToString(CultureInfo.InvariantCulture) == count)
                && (!query.Contains("rentable=true", StringComparison.Ordinal) || !rented.Contains(o.Id))),
        ];
    }

    private static Offer Named(string id, string gpu, int count) => StubMarket.Offer with { Id = id, GpuName = gpu, GpuCount = count };
}
