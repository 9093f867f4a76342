using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;
using Lodger.Server.Api;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Lodger.Dashboard.Tests;

public sealed class DashboardTests
{
    private const string Attack = "<img src=x onerror=window.hacked=1>";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Counts to 40 and saves every other step; at the twentieth it hangs, so that only a preemption gets it further. Says and writes what a machine that means harm would.</summary>
    private const string Counts = $$"""
        mkdir -p out ckpt
        n=$(ls ckpt | sed -n 's/^step-\([0-9]*\)[.]json$/\1/p' | sort -n | tail -n 1)
        n=${n:-0}
        echo '{{Attack}}<script>window.hacked=1</script>'
        echo '{}' >'out/{{Attack}}.json'
        echo '{{Attack}}' >'out/{{Attack}}.bin'
        while [ "$n" -lt 40 ]; do
          n=$((n + 1))
          echo "step $n/40"
          if [ $((n % 2)) -eq 0 ]; then printf '{"step": %d}' "$n" >ckpt/step.tmp && mv ckpt/step.tmp "ckpt/step-$n.json"; fi
          [ "$n" -ne 20 ] || until [ -e never ]; do sleep 0.2; done
          sleep 0.1
        done
        """;

    [Fact]
    public async Task A_whole_life_is_seen_without_reload_and_ends_with_a_yes_by_keyboard()
    {
        await using var stage = await BrowserStage.StartAsync();
        var empty = await stage.SignedInAsync();
        await Expect(empty.GetByText("No job yet.")).ToBeVisibleAsync();
        (await BrowserStage.AxeAsync(empty)).ShouldBeEmpty();
        var cookie = (await empty.Context.CookiesAsync()).ShouldHaveSingleItem();
        (cookie.HttpOnly, cookie.SameSite).ShouldBe((true, SameSiteAttribute.Strict));
        empty.Url.ShouldNotContain("code", Case.Insensitive, "a code does not stay in the address");

        var page = await stage.SignedInAsync();
        await page.EvaluateAsync("window.neverReloaded = true");
        var job = await SubmitAsync(stage.Server);
        var row = page.Locator(".jobs tbody tr", new PageLocatorOptions { HasText = "digits" });
        await Expect(row.Locator(".badge")).ToHaveTextAsync("running");
        await Expect(row.Locator(".doing")).ToContainTextAsync("/40");
        await Expect(page.Locator(".money .figure")).Not.ToHaveTextAsync("$0.00/h");
        await BrowserStage.PictureAsync(page, "overview");

        // The screens that need no more than that.
        foreach (var (screen, word) in new[] { ("clocks", "vast.ai (account vastai)"), ("findings", "Findings"), ("offers", "Expected total") })
        {
            var other = await page.Context.NewPageAsync();
            await other.GotoAsync($"{page.Url.Split('#')[0]}#/{screen}");
            await Expect(other.Locator("main")).ToContainTextAsync(word, new LocatorAssertionsToContainTextOptions { IgnoreCase = true });
            (await BrowserStage.AxeAsync(other)).ShouldBeEmpty(screen);
            await other.CloseAsync();
        }

        await UntilMirroredAsync(stage.Server, job);
        var running = (await stage.Server.Client.JobAsync(job, Token)).Value;
        await stage.Server.Market.ControlAsync($"instances/{running.RentalId}/outbid", new { by = 5m });
        await Expect(row).ToContainTextAsync("preemption");
        await stage.Server.Market.TryControlAsync($"instances/{running.RentalId}/release", new { });

        // From here on with the keyboard alone.
        await row.Locator("a").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".job h1")).ToHaveTextAsync("digits");
        await Expect(page.Locator(".timeline .mark.preempted").First).ToBeVisibleAsync();
        await Expect(page.Locator(".log")).ToContainTextAsync(Attack);
        await Expect(page.Locator(".gate.asks").First).ToBeVisibleAsync();
        (await BrowserStage.AxeAsync(page)).ShouldBeEmpty();
        await BrowserStage.PictureAsync(page, "gate");
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
        (await BrowserStage.AxeAsync(page)).ShouldBeEmpty();
        await BrowserStage.PictureAsync(page, "gate-dark");
        await ApproveAllAsync(stage, page, job);
        await Expect(page.Locator(".title .badge")).ToHaveTextAsync("succeeded");
        var closed = await stage.Server.UntilAsync(job, JobPhase.Closed);
        closed.Outcome.ShouldBe(JobOutcome.Succeeded);
        var approved = (await stage.Server.Client.EventsAsync(job, 0, Token)).Value.Select(e => e.Event).OfType<Approved>().ToList();
        approved.ShouldAllBe(a => a.Ground == ApprovalKind.Person);
        approved.SelectMany(a => a.Names).ShouldContain(n => n.Contains(Attack, StringComparison.Ordinal));

        (await page.EvaluateAsync<bool>("window.neverReloaded === true && window.hacked === undefined && document.querySelectorAll('img, iframe, object, main script').length === 0")).ShouldBeTrue();
        stage.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task It_fits_on_a_phone_says_when_the_server_is_away_and_lets_nobody_in_without_a_code()
    {
        await using var stage = await BrowserStage.StartAsync();
        for (var i = 0; i < 3; i++)
            await stage.Server.SubmitAsync(ServerStage.SixSteps($"a-job-with-a-rather-long-name-{i}") with { Teardown = TeardownMode.Ask }, cheaper: i);
        var address = await stage.AddressAsync();
        var phone = await stage.PageAsync(width: 390, height: 844, dark: true);
        await phone.GotoAsync(address);
        await Expect(phone.Locator(".jobs tbody tr")).ToHaveCountAsync(3);
        (await BrowserStage.AxeAsync(phone)).ShouldBeEmpty();
        (await phone.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390, "nothing is cut off or has to be pushed aside");
        await BrowserStage.PictureAsync(phone, "phone-dark");

        // The same address a second time, and no cookie.
        var stranger = await stage.PageAsync();
        await stranger.GotoAsync(address);
        await Expect(stranger.GetByText("lodger dashboard", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync();
        await Expect(stranger.Locator(".jobs")).ToHaveCountAsync(0);
        (await BrowserStage.AxeAsync(stranger)).ShouldBeEmpty();
        await stranger.GetByLabel("Address, code or token").FillAsync(address);
        await stranger.Keyboard.PressAsync("Enter");
        await Expect(stranger.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await stranger.GetByLabel("Address, code or token").FillAsync(await TokenAsync(stage));
        await stranger.Keyboard.PressAsync("Enter");
        await Expect(stranger.Locator(".jobs tbody tr")).ToHaveCountAsync(3);
        await Expect(stranger.Locator(".who .name")).ToHaveTextAsync("token:looks");

        // Who is limited to a project: its jobs, its money, its findings, and nothing of the account.
        await stage.Server.SubmitAsync(ServerStage.SixSteps("mine") with { Teardown = TeardownMode.Ask }, cheaper: 3, project: "vision");
        var limited = await stage.PageAsync();
        await limited.GotoAsync(address);
        await limited.GetByLabel("Address, code or token").FillAsync(await TokenAsync(stage, "vision"));
        await limited.Keyboard.PressAsync("Enter");
        await Expect(limited.Locator(".jobs tbody tr")).ToHaveCountAsync(1);
        await Expect(limited.Locator(".link.live")).ToBeVisibleAsync();
        await Expect(limited.Locator(".who .name")).ToHaveTextAsync("token:vision, project vision");
        await Expect(limited.Locator(".money .figure")).Not.ToHaveTextAsync("$0.00/h");
        await Expect(limited.Locator(".events")).ToContainTextAsync("mine");
        await Expect(limited.Locator("main")).Not.ToContainTextAsync("a-job-with-a-rather-long-name");
        (await BrowserStage.AxeAsync(limited)).ShouldBeEmpty();
        foreach (var (screen, word) in new[] { ("findings", "Findings"), ("clocks", "Clocks"), ("offers", "Expected total") })
        {
            await limited.GotoAsync($"{limited.Url.Split('#')[0]}#/{screen}");
            await Expect(limited.Locator("main")).ToContainTextAsync(word, new LocatorAssertionsToContainTextOptions { IgnoreCase = true });
            await Expect(limited.Locator("main")).Not.ToContainTextAsync("a-job-with-a-rather-long-name");
            await Expect(limited.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        }

        await Expect(phone.Locator(".jobs tbody tr")).ToHaveCountAsync(4);
        await stage.Server.KillServerAsync();
        await Expect(phone.Locator(".link.offline")).ToContainTextAsync("jobs go on");
        await Expect(phone.Locator(".jobs tbody tr")).ToHaveCountAsync(4);
        (await BrowserStage.AxeAsync(phone)).ShouldBeEmpty();
    }

    /// <summary>A yes to each rental that waits for one, by keyboard: a job that moved may have two.</summary>
    private static async Task ApproveAllAsync(BrowserStage stage, IPage page, string job)
    {
        var done = page.Locator(".meter .label", new PageLocatorOptions { HasText = "nothing is billing" });
        while (true)
        {
            await page.Locator(".gate.asks").Or(done).First.WaitForAsync();
            if (await done.IsVisibleAsync())
                return;
            var rental = (await page.Locator(".gate.asks").First.GetAttributeAsync("aria-labelledby"))!["gate-".Length..];
            var gate = page.Locator($".gate.asks[aria-labelledby=gate-{rental}]");
            if (await gate.Locator("[type=checkbox]").CountAsync() > 0)
            {
                await Expect(gate.Locator(".names")).ToContainTextAsync(Attack + ".bin");
                await TabToAsync(page, $"[aria-labelledby=gate-{rental}] [type=checkbox]");
                await page.Keyboard.PressAsync("Space");
            }

            await TabToAsync(page, $"#type-{rental}");
            await page.Keyboard.TypeAsync("17");
            await page.Keyboard.PressAsync("Enter");
            await Expect(gate.Locator("button")).ToBeDisabledAsync();
            (await stage.Server.Client.EventsAsync(job, 0, Token)).Value.ShouldNotContain(e => e.Event is Approved && ((Approved)e.Event).RentalId == rental, "another number destroys nothing");
            await page.Keyboard.PressAsync("Control+A");
            await page.Keyboard.TypeAsync(rental);
            await page.Keyboard.PressAsync("Enter");
            await Expect(gate).ToHaveCountAsync(0);
        }
    }

    private static async Task<string> TokenAsync(BrowserStage stage, string? project = null) =>
        (await stage.Server.Client.MakeTokenAsync(new TokenRequest(project ?? "looks", [Server.Access.Scope.Read], "test", Project: project), Token)).Value.Token;

    private static async Task TabToAsync(IPage page, string selector)
    {
        for (var i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>("s => document.activeElement === document.querySelector(s)", selector))
                return;
        }

        throw new InvalidOperationException($"{selector} cannot be reached with the keyboard.");
    }

    private static async Task<string> SubmitAsync(ServerStage server)
    {
        var offer = (await server.OffersAsync()).Where(o => o.MinBidUsdPerHour is not null).OrderBy(o => o.GpuUsdPerHour).First();
        var spec = new JobSpec
        {
            Name = "digits",
            Image = "python:3.12-slim",
            Gpu = new GpuRequest([], 1, null),
            DiskGb = 10,
            Rent = RentMode.Interruptible,
            Run = Counts,
            Checkpoints = ["ckpt/step-*.json"],
            Results = ["out"],
            Work = TimeSpan.FromMinutes(10),
            Patience = TimeSpan.FromMinutes(30),
        };
        var bid = Math.Ceiling(offer.MinBidUsdPerHour!.Value * 1500) / 1000;
        var submitted = await server.Client.SubmitAsync(
            new SubmitRequest(spec, "vastai", offer, 1m, Path.Combine(server.Root, "results"), "test", new Dictionary<string, string>(), bid), Token);
        return submitted.Value.Id;
    }

    private static async Task UntilMirroredAsync(ServerStage server, string job)
    {
        await foreach (var happened in server.Client.FollowAsync(job, 0, Token))
        {
            if (happened.Value.Entry.Event is CheckpointMirrored { Step: 20 })
                return;
        }
    }
}
