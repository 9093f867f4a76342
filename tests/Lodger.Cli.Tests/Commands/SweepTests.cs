using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests.Commands;

public sealed class SweepTests : IDisposable
{
    private const string Yaml =
        "name: lr\nimage: pytorch/pytorch:2.4.0\ngpu: RTX 4090\ndisk: 40GB\nrun: python train.py\nresults: [out/**]\nteardown: when-verified\nsweep: {grid: {LR: [0.1, 0.01], SEED: [1, 2]}, parallel: 2}\n";

    private readonly TestStage stage = new();

    public SweepTests() => stage.Write("job.yaml", Yaml);

    public void Dispose() => stage.Dispose();

    private static JobView Ended(SubmitRequest request, int code) => Samples.Closed with
    {
        Id = request.Spec.Name + ".abcdef",
        Name = request.Spec.Name,
        ExitCode = code,
        Outcome = code == 0 ? JobOutcome.Succeeded : JobOutcome.Failed,
        Problem = code == 0 ? null : new Problem("job-failed", $"The job's command exited with {code}.", "Fix it.", ExitCode.JobFailed),
    };

    [Fact]
    public async Task Every_cell_is_a_job_with_its_settings_and_a_directory_of_its_own_and_a_failed_one_shows()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.OnSubmit = r => Ended(r, r.Spec.Name == "lr-03" ? 7 : 0);

        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.JobFailed);

        server.AllSubmitted.Select(s => s.Spec.Name).ShouldBe(["lr-01", "lr-02", "lr-03", "lr-04"]);
        server.AllSubmitted.Select(s => $"{s.Spec.Env["LR"]} {s.Spec.Env["SEED"]}").ShouldBe(["0.1 1", "0.1 2", "0.01 1", "0.01 2"]);
        server.AllSubmitted.Select(s => s.ResultsDirectory).ShouldBe(Enumerable.Range(1, 4).Select(n => Path.Combine(stage.Directory, "results", "lr", $"0{n}")));
        server.AllSubmitted.ShouldAllBe(s => s.Spec.Sweep == null);
        server.AllSubmitted.ShouldAllBe(s => s.Choice == "$3.10 in all, the least of 2 offers" && s.Alternatives!.Count == 1);
        stage.Out.ShouldContain("LR=0.01 SEED=1");
        stage.OutInOneLine.ShouldContain("exited with 7");
        stage.Error.ShouldContain("1 of 4 cells did not succeed: 3.");
    }

    [Fact]
    public async Task A_cell_whose_offer_another_cell_has_chooses_anew_for_its_deadline()
    {
        stage.Write("job.yaml", "name: lr\nimage: pytorch/pytorch:2.4.0\ngpu: RTX 4090\ndisk: 40GB\nrun: python train.py\nresults: [out/**]\nteardown: when-verified\nrent: auto\ncheckpoints: [ckpt/*.pt]\nwork: 10h\ndeadline: 620m\nsweep: {grid: {LR: [0.1, 0.01]}, parallel: 2}\n");
        await using var server = await FakeServer.StartAsync(stage.Socket);
        var best = Samples.Plan.Plan.Offers[0];
        var other = Samples.Plan.Plan.Offers[1] with { GpuUsd = 0.5m, BidUsdPerHour = 0.05m, WhyNot = "could miss the deadline", Offer = Samples.Plan.Plan.Offers[1].Offer with { MinBidUsdPerHour = 0.04m } };
        server.Plan = Samples.Plan with { Plan = new JobPlan([best, other], []) { Choice = "on-demand $3.10 -> on-demand on 18822101 ($0.21/h)", Alternatives = ["move $2.00: could miss the deadline"] } };
        server.OnSubmit = r =>
        {
            if (r.Spec.Name == "lr-02")
                server.Jobs["lr-01"] = Ended(server.AllSubmitted.First(), 0);
            return r.Spec.Name == "lr-02" ? Ended(r, 0) : Samples.Job with { Id = "lr-01.abcdef", Name = "lr-01", Offer = best.Offer };
        };

        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.Ok, stage.Error);

        server.AllSubmitted.Select(s => (s.Offer.Id, s.BidUsdPerHour)).ShouldBe([("18822101", (decimal?)null), ("18790017", null)]);
        server.AllSubmitted.First().Choice.ShouldBe(server.Plan.Plan.Choice);
        server.AllSubmitted.Last().Choice!.ShouldContain("-> on-demand on 18790017");
        server.AllSubmitted.Last().Alternatives!.ShouldContain(a => a.StartsWith("move", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_more_cells_are_open_at_once_than_it_says()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        var most = 0;
        server.OnSubmit = r =>
        {
            var open = server.Jobs.Values.Count(j => j.Outcome is null) + 1;
            most = Math.Max(most, open);
            // The one before it ends when the next is asked for: two are open at every moment but the last.
            _ = Task.Run(async () =>
            {
                // Not before it is there.
                while (!server.Jobs.ContainsKey(r.Spec.Name))
                    await Task.Delay(5);
                await Task.Delay(50);
                server.Jobs[r.Spec.Name] = Ended(r, 0);
            });
            return Samples.Job with { Id = r.Spec.Name + ".abcdef", Name = r.Spec.Name };
        };

        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.Ok);

        most.ShouldBeLessThanOrEqualTo(2);
        server.AllSubmitted.Count.ShouldBe(4);
    }

    [Fact]
    public async Task It_goes_on_from_a_cell_and_follows_one_that_is_open_instead_of_renting_for_it_again()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.OnSubmit = r =>
        {
            server.Jobs["lr-04"] = Ended(server.AllSubmitted.First() with { Spec = r.Spec with { Name = "lr-04" } }, 0);
            return Ended(r, 0);
        };
        server.Jobs["lr-04"] = Samples.Job with { Id = "lr-04.abcdef", Name = "lr-04" };

        (await stage.RunAsync("run", "job.yaml", "--yes", "--from", "3")).ShouldBe(ExitCode.Ok);

        server.AllSubmitted.Select(s => s.Spec.Name).First().ShouldBe("lr-03");
        stage.Out.ShouldContain("left out");
    }

    [Fact]
    public async Task A_cell_that_was_begun_before_is_followed_to_its_end_and_one_that_failed_before_is_not_hidden()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        var any = new SubmitRequest(Samples.Spec, "local", Samples.Offer, 1, "/", "anna", new Dictionary<string, string>());
        server.Jobs["lr-01"] = Ended(any with { Spec = Samples.Spec with { Name = "lr-01" } }, 7);
        server.Jobs["lr-02"] = Samples.Job with { Id = "lr-02.abcdef", Name = "lr-02" };
        server.OnSubmit = r =>
        {
            server.Jobs["lr-02"] = Ended(any with { Spec = Samples.Spec with { Name = "lr-02" } }, 3);
            return Ended(r, 0);
        };

        (await stage.RunAsync("run", "job.yaml", "--yes", "--from", "3")).ShouldBe(ExitCode.JobFailed);

        server.AllSubmitted.Select(s => s.Spec.Name).ShouldBe(["lr-03", "lr-04"]);
        stage.OutInOneLine.ShouldContain("left out, was failed");
        stage.Error.ShouldContain("1 of 3 cells did not succeed: 2.");
    }

    [Fact]
    public async Task A_server_that_dies_meanwhile_is_waited_for_and_no_cell_is_lost_or_begun_twice()
    {
        var first = await FakeServer.StartAsync(stage.Socket);
        first.OnSubmit = r => Samples.Job with { Id = r.Spec.Name + ".abcdef", Name = r.Spec.Name };
        var run = stage.RunAsync("run", "job.yaml", "--yes");
        while (first.AllSubmitted.Count < 2)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        // The second cell's answer may be on its way: it counts as begun wherever it got to.
        await first.DisposeAsync();
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        var known = first.AllSubmitted.Select(s => Ended(s, s.Spec.Name == "lr-02" ? 7 : 0) with { SubmittedAt = TimeProvider.System.GetUtcNow() });
        await using var second = await FakeServer.StartAsync(stage.Socket, [.. known]);
        second.OnSubmit = r => Ended(r, 0);

        (await run).ShouldBe(ExitCode.JobFailed);

        second.AllSubmitted.Select(s => s.Spec.Name).ShouldBe(["lr-03", "lr-04"]);
        stage.Error.ShouldContain("1 of 4 cells did not succeed: 2.");
    }

    [Fact]
    public async Task With_json_there_is_one_document_and_it_has_the_failed_cell()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.OnSubmit = r => Ended(r, r.Spec.Name == "lr-03" ? 7 : 0);

        (await stage.RunAsync("run", "job.yaml", "--yes", "--json")).ShouldBe(ExitCode.JobFailed);

        using var cells = System.Text.Json.JsonDocument.Parse(stage.Out);
        cells.RootElement.EnumerateArray().Select(c => c.GetProperty("exit").GetString()).ShouldBe(["Ok", "Ok", "JobFailed", "Ok"]);
        stage.Error.ShouldContain("1 of 4 cells did not succeed: 3.");
    }

    [Fact]
    public async Task A_cell_whose_offer_had_gone_begins_again_with_another()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.OnSubmit = r => r.Spec.Name == "lr-02" && server.AllSubmitted.Count(s => s.Spec.Name == "lr-02") == 1
            ? Ended(r, 0) with
            {
                Id = "lr-02.gone",
                Outcome = JobOutcome.NotRun,
                RentalId = null,
                Offer = r.Offer,
                Problem = new Problem("offer-gone", "The offer is not there any more.", "", ExitCode.NoOffer),
            }
            : Ended(r, 0) with { Offer = r.Offer };

        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.Ok);

        server.AllSubmitted.Select(s => s.Spec.Name).ShouldBe(["lr-01", "lr-02", "lr-03", "lr-04", "lr-02"]);
        stage.OutInOneLine.ShouldContain("cell 2 LR=0.1 SEED=2 its offer had gone; it waits for another");
    }

    [Fact]
    public async Task Nothing_is_rented_without_a_yes_and_a_cell_that_does_not_exist_is_said_so()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        (await stage.RunAsync("run", "job.yaml", "--yes", "--from", "5")).ShouldBe(ExitCode.BadInput);
        stage.Answers = "n\n";
        (await stage.RunAsync("run", "job.yaml")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.Out.ShouldContain("4 cells, 2 at a time");
        server.AllSubmitted.ShouldBeEmpty();
    }
}
