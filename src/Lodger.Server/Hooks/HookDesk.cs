using System.Collections.Concurrent;
using System.Net;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Jobs;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lodger.Server.Hooks;

/// <summary>
/// The platforms' pushes: subscribes, listens, and has the account's rentals looked at when something arrives. What a push says is never taken for the state:
/// without any the sweep sees the same, later.
/// </summary>
internal sealed class HookDesk(JobBoard board, HookFiles files, TimeSpan checkEvery, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan FirstCheck = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan TestLimit = TimeSpan.FromSeconds(60);

    /// <summary>For subscribing, for the test delivery, and for its arrival.</summary>
    private static readonly TimeSpan SubscribeLimit = TestLimit * 3;

    /// <summary>A server that ends waits for it.</summary>
    private static readonly TimeSpan UndoLimit = TimeSpan.FromSeconds(20);
    private const int AddressCharactersMax = 2048;

    private readonly ConcurrentDictionary<string, HookBook> books = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HookDoor> doors = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim changing = new(1, 1);
    private readonly CancellationTokenSource stopping = new();
    private Task checking = Task.CompletedTask;

    /// <summary>The server begins to end: before its requests are cut off, what they began at a platform is undone.</summary>
    private CancellationToken ending;

    /// <summary>Takes up what is stored. A listener that cannot be had keeps nothing else from working: its account is swept as ever.</summary>
    /// <param name="cancellationToken">The server ends: nothing is added any more.</param>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        ending = cancellationToken;
        var (hooks, problems) = files.Load();
        foreach (var problem in problems)
            LogLines.PushesUnusable(log, problem.Message);
        foreach (var hook in hooks)
        {
            var book = books[hook.Account] = new HookBook(hook);
            book.Problem = (await ListenAsync(hook.Listen, cancellationToken)).Problem;
            if (book.Problem is { } deaf)
                LogLines.PushesUnusable(log, deaf.Message);
        }

        checking = Task.Run(CheckAllAsync, CancellationToken.None);
    }

    public IReadOnlyList<WebhookView> Views => [.. books.Values.Select(b => b.View).OrderBy(v => v.Account, StringComparer.Ordinal)];

    /// <summary>Subscribes an account, in place of what it had. Kept only when a test delivery came all the way.</summary>
    /// <param name="mayOpen">Asked by the server's user: others listen where nobody from outside reaches, or where a subscription listens already.</param>
    public async Task<Outcome<WebhookView>> AddAsync(string account, WebhookRequest wish, bool mayOpen, CancellationToken cancellationToken)
    {
        if (Fit(wish).TryGet(out var address, out var unfit) is false)
            return unfit;
        if (!mayOpen && !IPAddress.IsLoopback(IPEndPoint.Parse(wish.Listen).Address) && !books.Values.Any(b => b.Hook.Listen == wish.Listen))
            return new Problem("listen-owner", $"Opening {wish.Listen} is for the user of the server's machine.", "Name an address of that machine alone, such as 127.0.0.1:8790, with something before it that is reached from outside; or add it there.", ExitCode.NotAuthorized);
        if (!(await board.AccountAsync(account, cancellationToken)).TryGet(out var open, out var closed))
            return closed;
        if (open.Push is not { } push)
            return new Problem("no-push", $"{open.Market.Name} pushes nothing.", "Nothing is lost: rentals are looked at regularly.", ExitCode.BadInput);
        await changing.WaitAsync(cancellationToken);
        try
        {
            if ((await ListenAsync(wish.Listen, cancellationToken)).Problem is { } taken)
                return taken;
            if ((await ForgetAsync(account, push, address, cancellationToken)).Problem is { } stays)
                return stays;
            return await SubscribeAsync(account, push, address, wish.Listen);
        }
        finally
        {
            try
            {
                await CloseUnusedAsync();
            }
            finally
            {
                changing.Release();
            }
        }
    }

    /// <summary>Ends the subscription at the platform, then here. A platform that does not answer keeps it here, so that it can be ended later.</summary>
    public async Task<Outcome<WebhookView>> RemoveAsync(string account, CancellationToken cancellationToken)
    {
        if (!books.TryGetValue(account, out var book))
            return new Problem("no-webhook", $"The account {account} has no webhook here.", "lodger webhook status", ExitCode.NotFound);
        if (!(await board.AccountAsync(account, cancellationToken)).TryGet(out var open, out var closed))
            return closed;
        await changing.WaitAsync(cancellationToken);
        try
        {
            if (open.Push is { } push && (await ForgetAsync(account, push, new Uri(book.Hook.Address), cancellationToken)).Problem is { } stays)
                return stays;
            books.TryRemove(account, out _);
            files.Delete(account);
            return book.View;
        }
        finally
        {
            try
            {
                await CloseUnusedAsync();
            }
            finally
            {
                changing.Release();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await checking;
        // What is being added is undone at the platform first.
        await changing.WaitAsync(UndoLimit);
        foreach (var door in doors.Values)
            await door.DisposeAsync();
        stopping.Dispose();
        changing.Dispose();
    }

    /// <summary>Whose it is shows by whose secret signed it: the path of a request proves nothing.</summary>
    private int Take(string listen, IHeaderDictionary headers, byte[] body)
    {
        var message = new PushMessage(name => headers.TryGetValue(name, out var values) && values.Count == 1 ? values[0] : null, body);
        var status = StatusCodes.Status401Unauthorized;
        foreach (var book in books.Values.Where(b => b.Hook.Listen == listen))
        {
            // An account that nobody opened has no job: a stranger's request must not open it.
            if (board.Opened(book.Hook.Account)?.Push is not { } push)
            {
                status = StatusCodes.Status503ServiceUnavailable;
                continue;
            }

            (status, var told) = book.Take(push, message, time.GetUtcNow());
            if (told is not null)
            {
                LogLines.Pushed(log, book.Hook.Account, told.Kind);
                board.Pushed(book.Hook.Account, told.Kind);
            }

            if (status < StatusCodes.Status300MultipleChoices)
                return status;
        }

        return status;
    }

    /// <summary>From here on something is at the platform that is proven and kept, or ended there again: also when whoever asked for it waits no longer.</summary>
    private async Task<Outcome<WebhookView>> SubscribeAsync(string account, IPush push, Uri address, string listen)
    {
        using var limit = new CancellationTokenSource(SubscribeLimit, time);
        using var own = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping.Token, ending);
        HookBook? book = null;
        Problem? problem;
        try
        {
            if ((await push.SubscribeAsync(address, $"lodger {account}", own.Token)).TryGet(out var made, out problem))
            {
                book = books[account] = new HookBook(new Hook(account, address.AbsoluteUri, listen, made.Id, made.Secret));
                var came = book.Arrived;
                problem = (await push.TestAsync(made.Id, own.Token)).Problem ?? await CameAsync(came, book, own.Token) ?? files.Save(book.Hook).Problem;
                if (problem is null)
                    return book.View;
            }
        }
        catch (OperationCanceledException) when (own.IsCancellationRequested)
        {
            problem = limit.IsCancellationRequested
                ? new Problem("webhook-slow", $"The platform did not subscribe and deliver a test within {SubscribeLimit.TotalSeconds:0} s: the subscription was removed again.", "Try again.", ExitCode.TimedOut, MayRetry: true)
                : new Problem("server-ends", "The server ends: the subscription was removed again.", "Try again when it runs.", ExitCode.ServerUnreachable, MayRetry: true);
        }
        catch
        {
            await UndoAsync(account, push, address, book);
            throw;
        }

        await UndoAsync(account, push, address, book);
        return book is not null && problem.Id == "market-refused" ? Unreached(book, problem.Message) : problem;
    }

    /// <summary>What a platform that does not answer keeps all the same, the next subscription of this address removes.</summary>
    /// <param name="book">Null: whether there is a subscription at the platform is not known.</param>
    private async Task UndoAsync(string account, IPush push, Uri address, HookBook? book)
    {
        using var limit = new CancellationTokenSource(UndoLimit, time);
        try
        {
            _ = book is null ? await ForgetAsync(account, push, address, limit.Token) : await push.UnsubscribeAsync(book.Hook.SubscriptionId, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // It has had its time.
        }
        finally
        {
            if (book is not null)
            {
                books.TryRemove(account, out _);
                files.Delete(account);
            }
        }
    }

    /// <summary>Removes what the platform still sends to this address or under the old id, of this account.</summary>
    private async Task<Outcome<Done>> ForgetAsync(string account, IPush push, Uri address, CancellationToken cancellationToken)
    {
        if (!(await push.SubscriptionsAsync(cancellationToken)).TryGet(out var known, out var problem))
            return problem;
        var old = books.GetValueOrDefault(account)?.Hook;
        foreach (var subscription in known.Where(s => s.Id == old?.SubscriptionId || IsSame(s.Address, address)))
        {
            if ((await push.UnsubscribeAsync(subscription.Id, cancellationToken)).Problem is { } stays)
                return stays;
        }

        return Done.Ok;
    }

    private static bool IsSame(string text, Uri address) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri == address;

    private async Task<Problem?> CameAsync(Task came, HookBook book, CancellationToken cancellationToken)
    {
        try
        {
            await came.WaitAsync(TestLimit, time, cancellationToken);
            return null;
        }
        catch (TimeoutException)
        {
            return Unreached(book, $"The platform's test delivery did not arrive within {TestLimit.TotalSeconds:0} s.");
        }
    }

    private static Problem Unreached(HookBook book, string why) => new(
        "webhook-unreached",
        $"{why} The subscription was removed again; rentals are looked at regularly, as before.",
        $"Have {book.Hook.Address} lead to {book.Hook.Listen} on this machine (a proxy with TLS, or a tunnel), with its body and headers unchanged, then try again.",
        ExitCode.RentalUnusable);

    private async Task CheckAllAsync()
    {
        try
        {
            for (var wait = FirstCheck < checkEvery ? FirstCheck : checkEvery; ; wait = checkEvery)
            {
                await Task.Delay(wait, time, stopping.Token);
                foreach (var book in books.Values)
                    await CheckAsync(book, stopping.Token);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    /// <summary>Listens where nothing could before, and subscribes anew what the platform no longer has. A list that cannot be read says nothing.</summary>
    private async Task CheckAsync(HookBook book, CancellationToken cancellationToken)
    {
        if (board.Opened(book.Hook.Account)?.Push is not { } push)
            return;
        await changing.WaitAsync(cancellationToken);
        try
        {
            var hook = book.Hook;
            if (!doors.ContainsKey(hook.Listen) && books.Values.Contains(book))
                book.Problem = (await ListenAsync(hook.Listen, cancellationToken)).Problem;
            if (!books.Values.Contains(book) || !(await push.SubscriptionsAsync(cancellationToken)).TryGet(out var known, out _) || known.Any(s => s.Id == hook.SubscriptionId))
                return;
            // One that was never proven, or whose making or storing was cut off, would go on beside the new one.
            book.Problem = (await ForgetAsync(hook.Account, push, new Uri(hook.Address), cancellationToken)).Problem;
            if (book.Problem is not null)
                return;
            var anew = await push.SubscribeAsync(new Uri(hook.Address), $"lodger {hook.Account}", cancellationToken);
            book.Problem = anew.Problem;
            if (!anew.TryGet(out var made, out _))
                return;
            book.Hook = hook with { SubscriptionId = made.Id, Secret = made.Secret };
            book.Problem = files.Save(book.Hook).Problem;
            LogLines.SubscribedAnew(log, hook.Account);
        }
        finally
        {
            changing.Release();
        }
    }

    private async Task<Outcome<Done>> ListenAsync(string listen, CancellationToken cancellationToken)
    {
        if (doors.ContainsKey(listen))
            return Done.Ok;
        if (!IPEndPoint.TryParse(listen, out var place))
            return new Problem("listen-unreadable", $"'{listen}' is no address and port.", "For example  --listen 127.0.0.1:8790", ExitCode.BadInput);
        var opened = await HookDoor.OpenAsync(place, (headers, body) => Take(listen, headers, body), cancellationToken);
        if (!opened.TryGet(out var door, out var problem))
            return problem;
        doors[listen] = door;
        return Done.Ok;
    }

    private async Task CloseUnusedAsync()
    {
        foreach (var listen in doors.Keys.Where(l => books.Values.All(b => b.Hook.Listen != l)).ToList())
        {
            if (doors.Remove(listen, out var door))
                await door.DisposeAsync();
        }
    }

    private static Outcome<Uri> Fit(WebhookRequest wish)
    {
        if (!IPEndPoint.TryParse(wish.Listen, out var place) || place.Port == 0)
            return new Problem("listen-unreadable", $"'{wish.Listen}' is no address and port.", "For example  --listen 127.0.0.1:8790", ExitCode.BadInput);
        return wish.Address.Length <= AddressCharactersMax && Uri.TryCreate(wish.Address, UriKind.Absolute, out var address) && address is { UserInfo: "", Fragment: "" }
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
                ? address
                : new Problem("address-unfit", "The address is no https URL (or http, on this machine itself) without a user and a fragment.", "For example  https://gpu.example.org/lodger", ExitCode.BadInput);
    }
}
