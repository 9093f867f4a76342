using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>What a stopped rental's host shows is less than what its machine would say of itself: no receipt comes of what is not there, not shown, or cannot be named.</summary>
public sealed class HostShowsTests
{
    private readonly PlayedDisk disk = new() { Files = { ["out/metrics.json"] = "{}" } };

    [Fact]
    public async Task Promised_results_that_a_job_which_succeeded_does_not_have_are_named()
    {
        disk.Files.Clear();
        disk.Files["step-1.dat"] = "one";
        await using var job = await BroughtAsync(new JobEnded(1, EndReason.Exited, 0, ""));
        Failure(job).Path.ShouldBe("out");
    }

    [Fact]
    public async Task A_job_that_failed_brings_home_what_there_is()
    {
        disk.Files.Clear();
        disk.Files["step-1.dat"] = "one";
        await using var job = await BroughtAsync(new JobEnded(1, EndReason.Exited, 1, ""));
        job.Events.OfType<ReceiptIssued>().ShouldHaveSingleItem().Files.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_believed_once_the_command_has_run_only_of_a_host_that_shows_what_Lodger_has_put_there(bool shows)
    {
        disk.Files.Clear();
        disk.ShowsLodge = shows;
        await using var job = await BroughtAsync(new JobEnded(1, EndReason.Exited, 1, ""));
        job.Events.OfType<ReceiptIssued>().Count().ShouldBe(shows ? 1 : 0);
        job.Events.OfType<Noted>().Count(n => n.Text.Contains("not taken for nothing", StringComparison.Ordinal)).ShouldBe(shows ? 0 : 1);
    }

    [Fact]
    public async Task A_result_that_cannot_be_named_here_is_not_left_out()
    {
        disk.Unnamed.AddRange(["out/red\u001b[31m", "elsewhere/red\u001b[31m", "out/half\u001b.tmp"]);
        await using var job = await BroughtAsync(new JobEnded(1, EndReason.Exited, 0, ""));
        Failure(job).Path.ShouldStartWith("out/red");
        Failure(job).Path.ShouldNotContain("\u001b");
        Directory.EnumerateFiles(Path.Combine(job.Results, "out")).Select(Path.GetFileName).ShouldBe(["metrics.json"], "all else is home");
    }

    [Theory]
    [InlineData("metrics.json", true)]
    [InlineData("../out/metrics.json", true)]
    [InlineData("/workspace/elsewhere/weights.pt", false)]
    [InlineData("gone.json", false)]
    public async Task A_link_counts_when_what_it_leads_to_is_home(string target, bool isHome)
    {
        disk.Links.Add(new BoxLink("out/latest.json", target));
        disk.Links.Add(new BoxLink("elsewhere/latest.json", "/etc/passwd"));
        await using var job = await BroughtAsync(new JobEnded(1, EndReason.Exited, 0, ""));
        if (isHome)
            job.Events.OfType<ReceiptIssued>().ShouldHaveSingleItem();
        else
            Failure(job).Path.ShouldBe("out/latest.json");
    }

    private static FileFinding Failure(PlayedJob job)
    {
        job.Events.OfType<ReceiptIssued>().ShouldBeEmpty();
        return job.Events.OfType<VerificationFailed>().ShouldHaveSingleItem().Findings.ShouldHaveSingleItem();
    }

    private async Task<PlayedJob> BroughtAsync(JobEnded ended)
    {
        var job = await PlayedJob.StartAsync(new()
        {
            History = [.. Histories.Running, ended],
            Rentals = [Histories.Shown(1) with { Status = RentalStatus.Stopped }],
            Market = [(nameof(IMarket.HostDoorAsync), _ => Task.FromResult<Outcome<HostDoor>>(new HostDoor("r1", "127.0.0.1", 1, "nobody")))],
            Hosts = disk.Host,
        });
        await job.CarryOutAsync(new BringHomeFromHost(1, "r1"));
        return job;
    }
}
