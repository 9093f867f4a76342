using System.Net;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Hooks;

/// <summary>Pushes only make the server look sooner, and only the platform's own do: the listener is all that strangers reach.</summary>
public sealed class WebhookTests
{
    /// <summary>No sweep comes by itself while a test runs.</summary>
    private static readonly TimeSpan Never = TimeSpan.FromHours(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task A_subscription_is_kept_when_its_test_arrives_replaced_by_the_next_one_and_removed()
    {
        await using var stage = await ServerStage.StartAsync(Never);
        var listen = StubPush.FreePlace();
        var made = (await stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{listen}/lodger", listen), Token)).Value;
        made.ShouldSatisfyAllConditions(v => v.SubscriptionId.ShouldBe("1"), v => v.Accepted.ShouldBe(1), v => v.LastKind.ShouldBe("webhook_test"), v => v.Problem.ShouldBeNull());
        var file = Directory.GetFiles(stage.Webhooks).ShouldHaveSingleItem();
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await stage.SendAsync("GET", Routes.Webhooks)).Body.ShouldNotContain("secret-1");

        // The same address again: the platform keeps one of them, with a new secret.
        (await stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{listen}/lodger", listen), Token)).Value.SubscriptionId.ShouldBe("2");
        stage.Push.Known.Keys.ShouldBe(["2"]);
        (await stage.Push.DeliverAsync("2", "e-1", "outbid", secret: "secret-1-of-the-platform")).ShouldBe(401, "the old secret is worth nothing");

        (await stage.Client.RemoveWebhookAsync("stub", Token)).IsOk.ShouldBeTrue();
        stage.Push.Known.ShouldBeEmpty();
        Directory.GetFiles(stage.Webhooks).ShouldBeEmpty();
        (await stage.Client.WebhooksAsync(Token)).Value.ShouldBeEmpty();
        await Should.ThrowAsync<HttpRequestException>(() => stage.Push.DeliverAsync("-", "e-2", "outbid", secret: "x", to: new Uri($"http://{listen}/")));
        (await stage.Client.RemoveWebhookAsync("stub", Token)).Problem!.ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task An_address_that_does_not_lead_here_leaves_nothing_behind()
    {
        await using var stage = await ServerStage.StartAsync(Never);
        var refused = (await stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{StubPush.FreePlace()}/", StubPush.FreePlace()), Token)).Problem!;
        refused.Id.ShouldBe("webhook-unreached");
        stage.Push.Known.ShouldBeEmpty();
        (await stage.Client.WebhooksAsync(Token)).Value.ShouldBeEmpty();
        Directory.Exists(stage.Webhooks).ShouldBeFalse();
    }

    [Theory]
    [InlineData("http://gpu.example.org/", "127.0.0.1:8790", "address-unfit")]
    [InlineData("https://anna:pw@gpu.example.org/", "127.0.0.1:8790", "address-unfit")]
    [InlineData("nowhere", "127.0.0.1:8790", "address-unfit")]
    [InlineData("https://gpu.example.org/", "here", "listen-unreadable")]
    [InlineData("https://gpu.example.org/", "127.0.0.1", "listen-unreadable")]
    [InlineData("https://gpu.example.org/", "203.0.113.7:8790", "listen-taken")]
    public async Task What_cannot_be_subscribed_is_said_before_the_platform_is_asked(string address, string listen, string id)
    {
        await using var stage = await ServerStage.StartAsync(Never);
        (await stage.Client.AddWebhookAsync("stub", new WebhookRequest(address, listen), Token)).Problem!.Id.ShouldBe(id);
        stage.Push.Known.ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_a_fresh_signed_delivery_makes_the_server_look_and_it_is_told_of_nothing_else()
    {
        await using var stage = await ServerStage.StartAsync(Never);
        var listen = StubPush.FreePlace();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        await SettledAsync(stage, "Rented");
        // What is pushed while a look is held makes for one more, whatever else asked for one; with that no look is asked for any more.
        var held = Hold(stage);
        var before = stage.Market.Looks;
        (await stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{listen}/lodger", listen), Token)).IsOk.ShouldBeTrue();
        await UntilAsync(() => stage.Market.Looks > before);
        var looks = stage.Market.Looks + 1;
        (await stage.Push.DeliverAsync("1", "e-0", "outbid")).ShouldBe(204);
        held.SetResult();
        await UntilAsync(() => stage.Market.Looks == looks);
        await SettledAsync(stage, "RentalChanged");
        var events = (await stage.Client.EventsAsync("digits", 0, Token)).Value.Length;

        (await stage.Push.DeliverAsync("1", "e-1", "outbid", secret: "guessed")).ShouldBe(401);
        (await stage.Push.DeliverAsync("1", "e-2", "outbid", age: TimeSpan.FromSeconds(400))).ShouldBe(401);
        (await stage.Push.DeliverAsync("1", "e-3", "outbid", padding: new string('x', 70_000))).ShouldBe(413);
        using var stranger = new HttpClient { BaseAddress = new Uri($"http://{listen}") };
        foreach (var path in (string[])["/", Routes.Server, Routes.Jobs, Routes.Webhooks])
            (await stranger.GetAsync(path, Token)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed, path);
        (await stranger.PostAsync(Routes.ServerStop, null, Token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        stage.Market.Looks.ShouldBe(looks, "none of these is a reason to look");

        // Of a rental that nobody here knows: looked at, and nothing concluded. Its repeats are acknowledged and nothing more.
        (await stage.Push.DeliverAsync("1", "e-4", "outbid")).ShouldBe(204);
        await UntilAsync(() => stage.Market.Looks > looks);
        (await stage.Push.DeliverAsync("1", "e-4", "outbid")).ShouldBe(204);
        (await stage.Client.EventsAsync("digits", 0, Token)).Value.Length.ShouldBe(events);
        var view = (await stage.Client.WebhooksAsync(Token)).Value.ShouldHaveSingleItem();
        view.ShouldSatisfyAllConditions(v => v.Accepted.ShouldBe(3), v => v.Repeated.ShouldBe(1), v => v.Unsigned.ShouldBe(2), v => v.Old.ShouldBe(1));
    }

    [Fact]
    public async Task A_change_that_a_push_made_us_see_says_so_in_the_journal()
    {
        await using var stage = await ServerStage.StartAsync(Never);
        var listen = StubPush.FreePlace();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        await SettledAsync(stage, "Rented");
        // A look that began before the push shows what was so before, and says nothing of it.
        var held = Hold(stage);
        var before = stage.Market.Looks;
        (await stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{listen}/lodger", listen), Token)).IsOk.ShouldBeTrue();
        await UntilAsync(() => stage.Market.Looks > before);
        (await stage.Push.DeliverAsync("1", "e-1", "instance_offline")).ShouldBe(204);
        stage.Market.Become(Domain.Market.RentalStatus.Offline);
        held.SetResult();

        await UntilAsync(async () => (await stage.Client.EventsAsync("digits", 0, Token)).Value.Any(e => e.Event is RentalChanged { Status: Domain.Market.RentalStatus.Offline, Pushed: "instance_offline" }));
    }

    [Fact]
    public async Task A_server_that_starts_again_listens_again_and_subscribes_anew_what_the_platform_forgot()
    {
        var listen = StubPush.FreePlace();
        await using var stage = await ServerStage.StartAsync(Never);
        (await stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{listen}/lodger", listen), Token)).IsOk.ShouldBeTrue();
        await stage.RestartAsync();
        (await stage.Push.DeliverAsync("1", "e-1", "outbid")).ShouldBe(503, "no job of the account: nothing to look at, and a stranger's request opens no account");
        (await stage.Client.AccountAsync("stub", Token)).IsOk.ShouldBeTrue();
        (await stage.Push.DeliverAsync("1", "e-1", "outbid")).ShouldBe(204);

        stage.Push.Known.Clear();
        await stage.RestartAsync(hookCheck: TimeSpan.FromMilliseconds(50));
        (await stage.Client.AccountAsync("stub", Token)).IsOk.ShouldBeTrue();
        await UntilAsync(async () => (await stage.Client.WebhooksAsync(Token)).Value.Single().SubscriptionId == "2");
        (await stage.Push.DeliverAsync("2", "e-2", "outbid")).ShouldBe(204);
    }

    [Fact]
    public async Task Who_does_not_wait_for_a_subscription_to_be_proven_leaves_one_that_is_and_that_is_known_here()
    {
        await using var stage = await ServerStage.StartAsync(Never);
        var (tests, goes) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        stage.Push.BeforeTest = token =>
        {
            tests.SetResult();
            return goes.Task.WaitAsync(token);
        };
        var listen = StubPush.FreePlace();
        using var left = new CancellationTokenSource();
        var added = stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{listen}/lodger", listen), left.Token);
        await tests.Task.WaitAsync(TimeSpan.FromMinutes(1), Token);
        await left.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => added);
        // The server has had an occasion to see that nobody waits any more.
        (await stage.Client.WebhooksAsync(Token)).IsOk.ShouldBeTrue();
        goes.SetResult();
        await UntilAsync(() => Directory.Exists(stage.Webhooks) && Directory.GetFiles(stage.Webhooks, "*.json").Length == 1);
        stage.Push.Known.Keys.ShouldBe(["1"]);
        await stage.RestartAsync();
        (await stage.Client.WebhooksAsync(Token)).Value.ShouldHaveSingleItem().SubscriptionId.ShouldBe("1");
    }

    [Fact]
    public async Task A_subscription_whose_proof_goes_wrong_in_any_way_or_is_cut_off_by_the_servers_end_is_removed_again()
    {
        await using var stage = await ServerStage.StartAsync(Never);
        var listen = StubPush.FreePlace();
        stage.Push.BeforeTest = _ => throw new InvalidOperationException("a defect");
        (await stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{listen}/lodger", listen), Token)).Problem!.Id.ShouldBe("server-defect");
        stage.Push.Known.ShouldBeEmpty();
        (await stage.Client.WebhooksAsync(Token)).Value.ShouldBeEmpty();

        var tests = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stage.Push.BeforeTest = token =>
        {
            tests.SetResult();
            return Task.Delay(Timeout.Infinite, token);
        };
        using var left = new CancellationTokenSource();
        var added = stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{listen}/lodger", listen), left.Token);
        await tests.Task.WaitAsync(TimeSpan.FromMinutes(1), Token);
        await left.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => added);
        await stage.RestartAsync();
        stage.Push.Known.ShouldBeEmpty();
        (await stage.Client.WebhooksAsync(Token)).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_at_the_platform_for_the_same_address_and_nobody_knows_is_removed_before_it_is_subscribed_anew()
    {
        var listen = StubPush.FreePlace();
        await using var stage = await ServerStage.StartAsync(Never);
        (await stage.Client.AddWebhookAsync("stub", new WebhookRequest($"http://{listen}/lodger", listen), Token)).IsOk.ShouldBeTrue();
        stage.Push.Known.Clear();
        stage.Push.Known["left"] = ("lost", new Uri($"http://{listen}/lodger"));
        stage.Push.Known["other"] = ("other", new Uri($"http://{listen}/other"));
        await stage.RestartAsync(hookCheck: TimeSpan.FromMilliseconds(50));
        (await stage.Client.AccountAsync("stub", Token)).IsOk.ShouldBeTrue();
        await UntilAsync(async () => (await stage.Client.WebhooksAsync(Token)).Value.Single().SubscriptionId == "2");
        stage.Push.Known.Keys.Order(StringComparer.Ordinal).ShouldBe(["2", "other"]);
    }

    private static Task SettledAsync(ServerStage stage, string kind) =>
        UntilAsync(async () => (await stage.Client.EventsAsync("digits", 0, Token)).Value.Any(e => e.Event.GetType().Name == kind));

    /// <summary>Looks that begin from now on end once this does.</summary>
    private static TaskCompletionSource Hold(ServerStage stage)
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stage.Market.ListAnswer = held.Task;
        return held;
    }

    private static Task UntilAsync(Func<bool> wanted) => UntilAsync(() => Task.FromResult(wanted()));

    private static async Task UntilAsync(Func<Task<bool>> wanted)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (await wanted())
                return;
            await Task.Delay(20, Token);
        }

        throw new TimeoutException("It did not come to that.");
    }
}
