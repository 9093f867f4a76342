using Lodger.Cli.Tests.Stage;
using Lodger.Cli.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Adopt;
using Lodger.Tests.Shared;

namespace Lodger.Cli.Tests.Commands;

public sealed class AdoptTests : IDisposable
{
    private static readonly Rental Rental = SampleRental.ByHand with { Id = "20481234", Interruptible = true, DiskUsdPerHour = 0.02m };

    private static readonly BoxLook Look = new(
        "/root", [], false, [], [new FoundFile("/workspace/out/model\u001b[2J.pt", 5_000_000_000, Samples.Start), new FoundFile("/root/notes.json", 200, Samples.Start), new FoundFile("/workspace/out/ckpt/a.pt", 100, Samples.Start), new FoundFile("/workspace/my runs/b.pt", 90, Samples.Start)]);

    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task A_person_sees_what_lies_there_and_what_it_costs_and_is_asked_what_to_save_and_whether()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Look = paths => new RentalLook(Rental, Look, [.. paths.Select(p => new LookedPath(p, p, 2, 2_500_000_000))], paths.Count * 2_500_000_000L, paths.Count * 0.025m, false);
        server.AfterSubmit = Samples.Closed;
        stage.IsTerminal = true;
        stage.Answers = "\nn\n";
        (await stage.RunAsync("adopt", "20481234")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.OutInOneLine.ShouldContain("Rental 20481234 1x RTX 4090, bills $0.42/h, of which $0.020/h for its disk");
        stage.OutInOneLine.ShouldContain("it can be paused without notice");
        stage.Out.ShouldNotContain("\u001b[2J");
        stage.OutInOneLine.ShouldContain("place /workspace/out place /root/notes.json place /workspace/my runs What has to come home? One path, or Enter for all these places:");
        stage.OutInOneLine.ShouldContain("for about $0.075; at 100 Mbit/s it would take");
        stage.OutInOneLine.ShouldContain("free where");
        stage.OutInOneLine.ShouldContain("Nothing was taken over.");
        server.Adopted.ShouldBeNull();
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80 || l.Contains("[y/N]", StringComparison.Ordinal) || l.Contains("What has to", StringComparison.Ordinal));

        stage.Answers = "/workspace/my runs\n/workspace/out\n\ny\n";
        (await stage.RunAsync("adopt", "20481234", "--name", "mine")).ShouldBe(ExitCode.Ok);
        server.Adopted.ShouldNotBeNull().ShouldSatisfyAllConditions(
            a => a.Paths.ShouldBe(["/workspace/my runs", "/workspace/out"], "a name with a space in it is one path"), a => a.Name.ShouldBe("mine"), a => a.ResultsDirectory.ShouldBe(Path.Combine(stage.Directory, "results", "mine")), a => a.Key.ShouldNotBeNull());
    }

    [Fact]
    public async Task A_script_says_both_beforehand_and_is_told_when_it_did_not()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Look = paths => new RentalLook(Rental, Look, [.. paths.Select(p => new LookedPath(p, p, 1, 10))], 10, null, false);
        (await stage.RunAsync("adopt", "20481234", "--json")).ShouldBe(ExitCode.BadInput, stage.Error);
        stage.Out.ShouldContain("\"path\":\"/root/notes.json\"");
        (await stage.RunAsync("adopt", "20481234", "--save", "/root/notes.json")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.Error.ShouldContain("--yes");
        server.Adopted.ShouldBeNull();

        (await stage.RunAsync("adopt", "20481234", "--save", "/root/notes.json", "--save", "/workspace/out", "--yes", "--detach")).ShouldBe(ExitCode.Ok);
        server.Adopted!.Paths.ShouldBe(["/root/notes.json", "/workspace/out"]);
    }

    [Fact]
    public void Whatever_is_shown_is_in_what_is_suggested()
    {
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var found = Enumerable.Range(0, random.Next(1, 41)).Select(n => new FoundFile(
                "/" + string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => (string[])["a", "b c", "root", "d*"]).Select(w => w[random.Next(w.Length)])) + $"/f{n}", n, Samples.Start)).ToList();
            var suggested = AdoptText.Suggested(new RentalLook(Rental, Look with { Found = found }, [], 0, null, false));
            found.ShouldAllBe(f => suggested.Any(s => f.Path == s || f.Path.StartsWith(s + "/", StringComparison.Ordinal)));
            suggested.Count.ShouldBeLessThanOrEqualTo(64);
        }
    }

    [Fact]
    public async Task Lodgers_key_is_let_in_only_after_a_yes_to_that()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Look = paths => new RentalLook(Rental, Look, [.. paths.Select(p => new LookedPath(p, p, 1, 10))], 10, null, false);
        server.NeedsKey = true;
        (await stage.RunAsync("adopt", "20481234")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.IsTerminal = true;
        stage.Answers = "n\n";
        (await stage.RunAsync("adopt", "20481234")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.OutInOneLine.ShouldContain("Let Lodger's ssh key into 20481234? It stays there as long as the rental does.");
        stage.Answers = "y\n\nn\n";
        (await stage.RunAsync("adopt", "20481234")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.OutInOneLine.ShouldContain("Take over rental 20481234");
    }

    [Fact]
    public async Task What_is_let_go_is_said_to_go_on_billing()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        (await stage.RunAsync("adopt", "--release", "20481234", "--save", "/a")).ShouldBe(ExitCode.BadInput);
        server.Released.ShouldBeFalse();
        (await stage.RunAsync("adopt", "--release", "20481234")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("Rental 20481234 goes on billing $0.420/h");
        stage.OutInOneLine.ShouldContain("Its label is still lodger/mine.abc234/1");
    }

    [Fact]
    public async Task No_yes_said_beforehand_destroys_what_was_taken_over()
    {
        var adopted = Samples.Home with { Adopts = new AdoptedRental(Samples.Rental, "by hand", ["/workspace/out"]), RentalStatus = RentalStatus.Running };
        await using var server = await FakeServer.StartAsync(stage.Socket, adopted);
        (await stage.RunAsync("down", "resnet", "--yes")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.ErrorInOneLine.ShouldContain("In a terminal: lodger down resnet");
        (await stage.RunAsync("approve", "resnet", "--token", "3f9a62c01b7d4e55")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.ErrorInOneLine.ShouldContain("only a person at a terminal, or in the dashboard, ends it");
        (await stage.RunAsync("down", "resnet", "--abandon-data", "--rental", Samples.Rental)).ShouldBe(ExitCode.ApprovalNeeded);
        (await stage.RunAsync("approve", "resnet", "--token", "3f9a62c01b7d4e55", "--json")).ShouldBe(ExitCode.ApprovalNeeded);
        server.Abandoned.ShouldBeNull();
        (await stage.RunAsync("gate", "resnet", "--yes")).ShouldBe(ExitCode.ApprovalNeeded);
        (await stage.RunAsync("down", "--all", "--yes")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.ErrorInOneLine.ShouldContain("resnet was left as it is: rental 41200871 was taken over");
        server.Approved.ShouldBeNull();
        server.Cancelled.ShouldBeFalse();

        stage.IsTerminal = true;
        stage.Answers = "y\n";
        (await stage.RunAsync("down", "resnet", "--yes")).ShouldBe(ExitCode.Ok);
        server.Approved.ShouldNotBeNull();
    }

    [Fact]
    public async Task One_that_is_being_saved_or_is_stopped_is_neither_ended_nor_said_to_be_started()
    {
        var adopted = Samples.Job with { Phase = JobPhase.NeedsAttention, HasEnded = true, Waiting = "rental 41200871 is stopped", RentalStatus = RentalStatus.Stopped, Adopts = new AdoptedRental(Samples.Rental, "by hand", ["/workspace/out"]) };
        await using var server = await FakeServer.StartAsync(stage.Socket, adopted);
        stage.IsTerminal = true;
        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.RentalUnusable);
        server.Cancelled.ShouldBeFalse();
        (stage.OutInOneLine + stage.ErrorInOneLine).ShouldNotContain("would be started");
        (stage.OutInOneLine + stage.ErrorInOneLine).ShouldContain("lodger adopt --release 41200871");
    }
}
