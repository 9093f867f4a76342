using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Adopt;

namespace Lodger.Cli.Tests.Commands;

public sealed class AdoptTests : IDisposable
{
    private static readonly Rental Rental = new()
    {
        Id = "20481234",
        Label = "by hand",
        Status = RentalStatus.Running,
        Evidence = "running",
        MachineId = "m1",
        GpuName = "RTX 4090",
        GpuCount = 1,
        GpuMemoryMb = 24_564,
        Interruptible = true,
        GpuUsdPerHour = 0.4m,
        DiskUsdPerHour = 0.02m,
        UploadUsdPerGb = 0.01m,
        DownloadUsdPerGb = 0.01m,
    };

    private static readonly BoxLook Look = new(
        "/root", true, false, [], [new FoundFile("/workspace/out/model\u001b[2J.pt", 5_000_000_000, Samples.Start), new FoundFile("/root/notes.json", 200, Samples.Start), new FoundFile("/workspace/out/ckpt/a.pt", 100, Samples.Start)]);

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
        stage.OutInOneLine.ShouldContain("What has to come home? Paths, with spaces between [/workspace/out /root/notes.json]:");
        stage.OutInOneLine.ShouldContain("for about $0.050; at 100 Mbit/s it would take");
        stage.OutInOneLine.ShouldContain("Nothing was taken over.");
        server.Adopted.ShouldBeNull();
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80 || l.Contains("[y/N]", StringComparison.Ordinal) || l.Contains("What has to", StringComparison.Ordinal));

        stage.Answers = "/workspace/out\ny\n";
        (await stage.RunAsync("adopt", "20481234", "--name", "mine")).ShouldBe(ExitCode.Ok);
        server.Adopted.ShouldNotBeNull().ShouldSatisfyAllConditions(
            a => a.Paths.ShouldBe(["/workspace/out"]), a => a.Name.ShouldBe("mine"), a => a.ResultsDirectory.ShouldBe(Path.Combine(stage.Directory, "results", "mine")), a => a.Key.ShouldNotBeNull());
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
}
