using System.Text.RegularExpressions;
using Lodger.Acceptance.Tests.Stage;

namespace Lodger.Acceptance.Tests;

public sealed partial class DemoTests
{
    /// <summary>Of what is interrupted: it does not come to its end by itself.</summary>
    private static readonly string[] Endless = ["--steps", "1000000"];

    [Fact]
    public async Task The_demo_trains_brings_home_proves_and_destroys_and_nothing_bills_or_stays()
    {
        await using var demo = DemoStage.Start("--steps", "200");
        (await demo.EndAsync()).ShouldBe(0, demo.Text);
        double.Parse(Accuracy().Match(demo.Text).Groups["percent"].Value, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(80, demo.Text);
        demo.Text.ShouldContain("bill ");
        demo.Text.ShouldContain("receipt");
        demo.Text.ShouldContain("nothing is billing");
        Directory.EnumerateFiles(Path.Combine(demo.Root, "work", "results"), "model.safetensors", SearchOption.AllDirectories).Count().ShouldBe(1);
        await demo.ShouldLeaveNothingAsync(atOnce: true);
    }

    [Theory]
    [InlineData("INT", "This trains")]
    [InlineData("TERM", "rented")]
    [InlineData("INT", "booted")]
    [InlineData("TERM", "running")]
    public async Task Interrupted_at_any_moment_the_demo_leaves_nothing_running_and_nothing_billing(string signal, string moment)
    {
        await using var demo = DemoStage.Start(Endless);
        await demo.UntilSaysAsync(moment);
        await demo.SendAsync(signal);
        (await demo.EndAsync()).ShouldBe(130, demo.Text);
        demo.Text.ShouldContain("They are gone; nothing is billing.");
        await demo.ShouldLeaveNothingAsync(atOnce: true);
    }

    [Theory]
    [InlineData("market ")]
    [InlineData("running")]
    public async Task Killed_without_notice_the_demo_takes_its_machine_and_its_files_with_it(string moment)
    {
        await using var demo = DemoStage.Start(Endless);
        await demo.UntilSaysAsync(moment);
        await demo.SendAsync("KILL");
        (await demo.EndAsync()).ShouldBe(137, demo.Text);
        await demo.ShouldLeaveNothingAsync(atOnce: false);
    }

    [Fact]
    public async Task A_marketplace_that_was_started_again_ends_with_the_demo_too()
    {
        await using var demo = DemoStage.Start(Endless);
        await demo.UntilSaysAsync("ssh answers");
        await demo.KillMarketUntilAnotherRunsAsync();
        await demo.SendAsync("KILL");
        (await demo.EndAsync()).ShouldBe(137, demo.Text);
        await demo.ShouldLeaveNothingAsync(atOnce: false);
    }

    [GeneratedRegex(@"test accuracy (?<percent>[\d.]+) %", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Accuracy();
}
