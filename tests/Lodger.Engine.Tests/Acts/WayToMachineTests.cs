using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>Which of the two ways to a machine is taken: the direct one, or the platform's slow proxy.</summary>
public sealed class WayToMachineTests
{
    private readonly ShiftedTime time = new();
    private readonly List<string> tried = [];
    private bool isDirectCut = true;
    private bool isProxyCut;

    [Fact]
    public async Task Where_only_the_proxy_answers_every_act_that_follows_goes_its_way_for_a_minute()
    {
        await using var job = await StartAsync();
        await ReportAsync(job, times: 3);
        tried.ShouldBe(["direct", "direct", "proxy"]);

        await job.CarryOutAsync(new MirrorCheckpoints(1));
        await job.CarryOutAsync(new ReadReport(1));
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        tried.Skip(3).ShouldBe(["knock direct", "proxy", "proxy", "knock direct", "proxy"], "a copy of checkpoints must not be left to the tries in vain");
        job.Runner.Live.MirrorLookedAt.ShouldNotBeNull();

        time.By = TimeSpan.FromMinutes(2);
        await ReportAsync(job, times: 3);
        tried.Skip(8).ShouldBe(["direct", "direct", "proxy"]);
    }

    [Fact]
    public async Task The_direct_way_is_taken_again_once_it_answers()
    {
        await using var job = await StartAsync();
        await ReportAsync(job, times: 3);
        isDirectCut = false;
        time.By = TimeSpan.FromMinutes(2);
        await ReportAsync(job, times: 2);
        tried.Skip(3).ShouldBe(["direct", "direct"]);
    }

    [Fact]
    public async Task A_transfer_takes_the_direct_way_as_soon_as_that_answers()
    {
        await using var job = await StartAsync();
        await ReportAsync(job, times: 3);
        isDirectCut = false;
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        await job.CarryOutAsync(new ReadReport(1));
        tried.Skip(3).ShouldBe(["knock direct", "direct", "direct"]);
    }

    [Fact]
    public async Task A_proxy_that_fails_too_leaves_the_direct_way_its_turns()
    {
        await using var job = await StartAsync();
        await ReportAsync(job, times: 3);
        (isDirectCut, isProxyCut) = (false, true);
        await ReportAsync(job, times: 2);
        tried.Skip(3).ShouldBe(["proxy", "direct"]);
        job.Runner.Live.BoxFailures.ShouldBe(0);
    }

    private static async Task ReportAsync(PlayedJob job, int times)
    {
        for (var i = 0; i < times; i++)
            await job.CarryOutAsync(new ReadReport(1));
    }

    private Task<PlayedJob> StartAsync() => PlayedJob.StartAsync(new()
    {
        Time = time,
        History = Histories.Running,
        Rentals = [Histories.Shown(1) with { DirectSsh = new Endpoint("direct", 1), ProxySsh = new Endpoint("proxy", 2) }],
        Box =
        [
            (nameof(IBox.ReachAsync), args => Task.FromResult(Answer(args, new Done(), "knock "))),
            (nameof(IBox.ReportAsync), args => Task.FromResult(Answer(args, new BoxReport { Phase = BoxPhase.Running, Attempt = 1, Starts = 1 }))),
            (nameof(IBox.ListCheckpointsAsync), args => Task.FromResult(Answer<IReadOnlyList<BoxFile>>(args, []))),
        ],
    });

    private Outcome<T> Answer<T>(object?[] args, T answer, string act = "")
    {
        var address = (BoxAddress)args[0]!;
        tried.Add(act + address.Endpoint.Host);
        address.IsProxy.ShouldBe(address.Endpoint.Host == "proxy");
        return address.IsProxy ? isProxyCut ? Cut : answer : isDirectCut ? Cut : answer;
    }

    private static Problem Cut { get; } = new("unreachable", "It does not answer.", "", ExitCode.RentalUnusable, MayRetry: true);
}
