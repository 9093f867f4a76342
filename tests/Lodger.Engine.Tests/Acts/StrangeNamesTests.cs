using Lodger.Artifacts;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>What a machine names oddly, and what can never be brought home: a person is told at once which it is and what to type, and all else comes home.</summary>
public sealed class StrangeNamesTests
{
    private const string Good = "{\"accuracy\": 0.97}";

    private readonly PlayedDisk disk = new() { Files = { ["out/metrics.json"] = Good } };

    [Theory]
    [InlineData("out/a\nb.txt", "out/a\\u{A}b.txt")]
    [InlineData("out/\u001b]0;x\a.txt", "out/\\u{1B}]0;x\\u{7}.txt")]
    [InlineData("out/a\u202etxt.exe", "out/a\\u{202E}txt.exe")]
    [InlineData("out/a\u2028b", "out/a\\u{2028}b")]
    [InlineData("out/\uff41\ufeff", "out/\uff41\\u{FEFF}")]
    [InlineData(".LODGER/receipt.json", ".LODGER/receipt.json")]
    public async Task A_name_that_is_none_stays_on_the_machine_and_says_how_to_rename_it(string name, string shown)
    {
        disk.Files[name] = Good;
        await using var job = await BroughtAsync();

        var finding = job.Events.OfType<VerificationFailed>().ShouldHaveSingleItem().Findings.ShouldHaveSingleItem();
        finding.Path.ShouldBe(shown);
        finding.Verdict.ShouldBe("name-not-plain");
        finding.Message.ShouldSatisfyAllConditions(m => m.ShouldContain("lodger ssh a"), m => m.ShouldContain("lodger pull a"), m => m.ShouldContain("lodger down a --abandon-data"));
        job.Events.OfType<ReceiptIssued>().ShouldBeEmpty();
        job.Events.OfType<BundlePulled>().ShouldHaveSingleItem().Files.ShouldBe(1);
        Home(job).ShouldBe(["out/metrics.json"]);
        job.Runner.State.Phase.ShouldBe(JobPhase.NeedsAttention);

        disk.Files.Remove(name);
        disk.Files["out/renamed"] = Good;
        await job.CarryOutAsync(new BringHome(1));
        job.Events.OfType<ReceiptIssued>().ShouldHaveSingleItem().Files.ShouldBe(2);
    }

    [Fact]
    public async Task What_was_proven_before_stays_when_such_a_name_comes_up()
    {
        await using var job = await BroughtAsync();
        var receipt = await File.ReadAllTextAsync(Path.Combine(job.Results, BundleLayout.ReceiptPath), TestContext.Current.CancellationToken);
        disk.Files["out/a\nb"] = Good;
        disk.Files["out/new.json"] = Good;

        await job.CarryOutAsync(new BringHome(1));

        job.Events.OfType<VerificationFailed>().ShouldHaveSingleItem().Findings.ShouldHaveSingleItem().Path.ShouldBe("out/a\\u{A}b");
        (await File.ReadAllTextAsync(Path.Combine(job.Results, BundleLayout.ReceiptPath), TestContext.Current.CancellationToken)).ShouldBe(receipt);
        Home(job).ShouldBe(["out/metrics.json"]);
    }

    [Theory]
    [InlineData("out/run a=1 [b] (c).json")]
    [InlineData("out/مدل‌ها.json")]
    [InlineData("out/größe-模型👩‍🔬.json")]
    public async Task Names_that_programs_write_come_home_without_a_word(string name)
    {
        disk.Files[name] = Good;
        await using var job = await BroughtAsync();
        job.Events.OfType<ReceiptIssued>().ShouldHaveSingleItem().Warnings.ShouldBeEmpty();
        Home(job).ShouldContain(name);
    }

    [Fact]
    public async Task A_dash_in_front_is_told_of_once_and_comes_home()
    {
        (disk.Files["out/-rf.json"], disk.Files["out/-v/a.json"], disk.Files["out/a-b.json"]) = (Good, Good, Good);
        await using var job = await BroughtAsync();
        var receipt = job.Events.OfType<ReceiptIssued>().ShouldHaveSingleItem();
        receipt.Files.ShouldBe(4);
        var warning = receipt.Warnings.ShouldHaveSingleItem();
        (warning.Path, warning.Verdict).ShouldBe(("out/-rf.json", "name-dash"));
        warning.Message.ShouldContain("as in 1 more");
    }

    [Fact]
    public async Task Many_such_names_are_counted()
    {
        for (var i = 0; i < 25; i++)
            disk.Files[$"out/\u0001{i:00}"] = Good;
        await using var job = await BroughtAsync();
        var findings = job.Events.OfType<VerificationFailed>().ShouldHaveSingleItem().Findings;
        findings.Count.ShouldBe(21);
        findings[^1].Path.ShouldBe("5 more");
    }

    [Theory]
    [InlineData(ExitCode.NotVerified, false, true)]
    [InlineData(ExitCode.BadInput, false, true)]
    [InlineData(ExitCode.NotVerified, true, false)]
    [InlineData(ExitCode.Unknown, false, false)]
    [InlineData(ExitCode.Prerequisite, false, false)]
    public async Task What_every_try_would_refuse_is_told_at_once_and_not_tried_again(ExitCode exit, bool mayRetry, bool isTold)
    {
        var refusal = new Problem("path-hostile", "The manifest names ../x.", "Do not trust this machine.", exit, mayRetry);
        await using var job = await BroughtAsync(refusal);
        job.Events.OfType<VerificationFailed>().SelectMany(f => f.Findings).Select(f => (f.Verdict, f.Message)).ShouldBe(isTold ? [("path-hostile", "The manifest names ../x. Do not trust this machine.")] : []);
        job.Runner.Live.BoxProblem.ShouldBe(isTold ? null : refusal);
        job.Runner.State.Phase.ShouldBe(isTold ? JobPhase.NeedsAttention : JobPhase.BringingHome);
    }

    private static IEnumerable<string> Home(PlayedJob job) => Directory.EnumerateFiles(job.Results, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(job.Results, f)).Where(f => !f.StartsWith(BundleLayout.OwnDirectory, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private async Task<PlayedJob> BroughtAsync(Problem? refusal = null)
    {
        var job = await PlayedJob.StartAsync(new()
        {
            History = [.. Histories.Running, new JobEnded(1, EndReason.Exited, 0, "")],
            Rentals = [Histories.Shown(1)],
            Box = refusal is null ? disk.Box : [.. disk.Box.Where(m => m.Method != nameof(IBox.PullAsync)), (nameof(IBox.PullAsync), _ => Task.FromResult<Outcome<Transferred>>(refusal))],
        });
        await job.CarryOutAsync(new BringHome(1));
        return job;
    }
}
