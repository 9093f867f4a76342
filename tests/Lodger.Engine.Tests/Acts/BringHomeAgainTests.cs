using Lodger.Artifacts;
using Lodger.Artifacts.Receipts;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>Results come home a second time: what was proven the first time stays until what comes in its place is proven, too.</summary>
public sealed class BringHomeAgainTests
{
    private const string Good = "{\"accuracy\": 0.97}";
    private const string Newer = "{\"accuracy\": 0.98}";
    private const string Cut = "{\"accuracy\": 0.9";

    private readonly PlayedDisk disk = new() { Files = { ["out/metrics.json"] = Good, ["out/log.txt"] = "done\n" } };

    [Theory]
    [InlineData(true, "it comes cut")]
    [InlineData(true, "it is cut there")]
    [InlineData(true, "the line breaks")]
    [InlineData(false, "it comes cut")]
    [InlineData(false, "it is cut there")]
    [InlineData(false, "the line breaks")]
    public async Task A_proven_file_stays_when(bool overSsh, string what)
    {
        await using var job = await StartAsync();
        var again = await ProvenAsync(job, overSsh);
        if (what == "it comes cut")
            (disk.Files["out/metrics.json"], disk.Sent["out/metrics.json"]) = (Newer, Cut);
        else if (what == "it is cut there")
            disk.Files["out/metrics.json"] = Cut;
        else
            (disk.Files["out/log.txt"], disk.Files["out/metrics.json"], disk.Sent["out/metrics.json"]) = ("done, and more\n", Newer, null);

        await job.CarryOutAsync(again);

        (await File.ReadAllTextAsync(Path.Combine(job.Results, "out/metrics.json"), Token)).ShouldBe(Good);
        (await ReceiptHoldsAsync(job)).ShouldBeTrue("the receipt describes what is there");
        if (what == "the line breaks")
            return;
        job.Events.OfType<VerificationFailed>().ShouldHaveSingleItem().Findings.ShouldContain(f => f.Path == "out/metrics.json");
        job.Events.OfType<Noted>().ShouldContain(n => n.Text.Contains("what was proven before stays", StringComparison.Ordinal));
        Directory.EnumerateDirectories(Path.Combine(job.Results, BundleLayout.OwnDirectory)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_sound_takes_the_place_of_what_was_proven_also_after_a_line_that_broke(bool overSsh)
    {
        await using var job = await StartAsync();
        var again = await ProvenAsync(job, overSsh);
        (disk.Files["out/log.txt"], disk.Files["out/metrics.json"], disk.Sent["out/metrics.json"]) = ("done, and more\n", Newer, null);
        await job.CarryOutAsync(again);
        disk.Sent.Clear();
        disk.Files["out/new.json"] = Good;

        await job.CarryOutAsync(again);

        job.Events.OfType<ReceiptIssued>().Count().ShouldBe(2);
        (await File.ReadAllTextAsync(Path.Combine(job.Results, "out/metrics.json"), Token)).ShouldBe(Newer);
        (await ReceiptHoldsAsync(job)).ShouldBeTrue();
        Directory.EnumerateDirectories(Path.Combine(job.Results, BundleLayout.OwnDirectory)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_damaged_or_lost_here_comes_anew_and_what_is_here_alone_is_named()
    {
        await using var job = await StartAsync();
        var again = await ProvenAsync(job, overSsh: true);
        await File.WriteAllTextAsync(Path.Combine(job.Results, "out/metrics.json"), Cut, Token);
        File.Delete(Path.Combine(job.Results, "out/log.txt"));
        await File.WriteAllTextAsync(Path.Combine(job.Results, "stray"), "stray", Token);
        Directory.CreateSymbolicLink(Path.Combine(job.Results, "linked"), "out");

        await job.CarryOutAsync(again);
        job.Events.OfType<VerificationFailed>().ShouldHaveSingleItem().Findings.Select(f => f.Path).ShouldBe(["linked", "stray"], ignoreOrder: true);

        File.Delete(Path.Combine(job.Results, "stray"));
        File.Delete(Path.Combine(job.Results, "linked"));
        await job.CarryOutAsync(again);
        (await ReceiptHoldsAsync(job)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_leads_at_home_where_it_led_there_and_goes_with_it_also_when_a_directory_takes_its_name(bool overSsh)
    {
        disk.Files["out/step_1/metrics.json"] = Good;
        disk.Links.Add(new BoxLink("out/latest", "step_1"));
        await using var job = await StartAsync();
        var again = await ProvenAsync(job, overSsh);
        new FileInfo(Path.Combine(job.Results, "out/latest")).LinkTarget.ShouldBe("step_1");
        job.Events.OfType<BundlePulled>().Single().Files.ShouldBe(disk.Files.Count, "a link is no file");
        (await ReceiptHoldsAsync(job)).ShouldBeTrue();

        disk.Files["out/step_2/metrics.json"] = Newer;
        disk.Links[0] = new BoxLink("out/latest", "step_2");
        await job.CarryOutAsync(again);
        (await File.ReadAllTextAsync(Path.Combine(job.Results, "out/latest/metrics.json"), Token)).ShouldBe(Newer);
        (await ReceiptHoldsAsync(job)).ShouldBeTrue();

        disk.Links.Clear();
        disk.Files["out/latest/metrics.json"] = "{\"accuracy\": 0.99}";
        await job.CarryOutAsync(again);
        (await File.ReadAllTextAsync(Path.Combine(job.Results, "out/step_2/metrics.json"), Token)).ShouldBe(Newer, "nothing is written through a link");
        new DirectoryInfo(Path.Combine(job.Results, "out/latest")).LinkTarget.ShouldBeNull();
        (await ReceiptHoldsAsync(job)).ShouldBeTrue();
        job.Events.OfType<ReceiptIssued>().Count().ShouldBe(3);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_file_may_take_the_name_of_a_directory_and_the_other_way_round(bool overSsh, bool isProven)
    {
        disk.Files["out/ckpt/p.json"] = Good;
        disk.Files["out/best"] = "step 1\n";
        if (!isProven)
            disk.Files["out/bad.json"] = Cut;
        await using var job = await StartAsync();
        JobAction bring = overSsh ? new BringHome(1) : new BringHomeFromHost(1, "r1");
        await job.CarryOutAsync(bring);
        job.Events.OfType<ReceiptIssued>().Count().ShouldBe(isProven ? 1 : 0);
        await File.WriteAllTextAsync(Path.Combine(job.Results, "out/ckpt/mine.txt"), "a person's own", Token);

        disk.Files.Remove("out/ckpt/p.json");
        disk.Files.Remove("out/best");
        (disk.Files["out/ckpt"], disk.Files["out/best/p.json"], disk.Files["out/bad.json"]) = ("step 2\n", Newer, Good);
        await job.CarryOutAsync(bring);

        job.Runner.Live.BoxProblem.ShouldBeNull();
        (await ReceiptHoldsAsync(job)).ShouldBeTrue();
        (await File.ReadAllTextAsync(Path.Combine(job.Results, "out/best/p.json"), Token)).ShouldBe(Newer);
        var aside = Directory.EnumerateDirectories(Path.Combine(job.Results, BundleLayout.OwnDirectory, "gone")).ShouldHaveSingleItem();
        (await File.ReadAllTextAsync(Path.Combine(aside, "out/ckpt/p.json"), Token)).ShouldBe(Good);
        (await File.ReadAllTextAsync(Path.Combine(aside, "out/ckpt/mine.txt"), Token)).ShouldBe("a person's own");
        (await File.ReadAllTextAsync(Path.Combine(aside, "out/best"), Token)).ShouldBe("step 1\n");
        job.Events.OfType<Noted>().ShouldContain(n => n.Text.Contains(aside, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_machine_is_looked_at_after_the_bundle_so_that_the_look_is_new()
    {
        await using var job = await StartAsync();
        await ProvenAsync(job, overSsh: true);
        var working = "";
        disk.OnManifest = () => working = job.Runner.Live.Work ?? job.Runner.Live.Waiting;
        // A bundle that is wrong shows which of the two comes first: then nothing is asked of the machine.
        await job.CarryOutAsync(new RecheckMachine(1));
        working.ShouldBe("the machine hashes its results");
        job.Events.OfType<MachineRechecked>().ShouldHaveSingleItem();

        working = "";
        await File.WriteAllTextAsync(Path.Combine(job.Results, "out/metrics.json"), Cut, Token);
        await job.CarryOutAsync(new RecheckMachine(1));
        working.ShouldBe("");
        job.Events.OfType<VerificationFailed>().ShouldHaveSingleItem();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<PlayedJob> StartAsync() => PlayedJob.StartAsync(new()
    {
        History = [.. Histories.Running, new JobEnded(1, EndReason.Exited, 0, "")],
        Rentals = [Histories.Shown(1)],
        Market = [(nameof(IMarket.HostDoorAsync), _ => Task.FromResult<Outcome<HostDoor>>(new HostDoor("r1", "127.0.0.1", 1, "nobody")))],
        Box = disk.Box,
        Hosts = disk.Host,
    });

    private static async Task<JobAction> ProvenAsync(PlayedJob job, bool overSsh)
    {
        JobAction bring = overSsh ? new BringHome(1) : new BringHomeFromHost(1, "r1");
        await job.CarryOutAsync(bring);
        job.Events.OfType<ReceiptIssued>().ShouldHaveSingleItem();
        return bring;
    }

    private static async Task<bool> ReceiptHoldsAsync(PlayedJob job)
    {
        var receipt = Receipt.Read(Path.Combine(job.Results, BundleLayout.ReceiptPath)).Receipt.ShouldNotBeNull();
        return (await ReceiptVerifier.VerifyAsync(receipt, job.Results, cancellation: Token)).IsValid;
    }
}
