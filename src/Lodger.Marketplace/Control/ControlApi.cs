using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Control;

/// <summary>
/// The hidden hand under <c>/control/</c>, with a bearer token of its own: orders failures, sets balances, moves the clock, shows the ledger. The README beside this
/// project documents every call.
/// </summary>
internal sealed class ControlApi(Book book, Timeline timeline, string token)
{
    public void Map(IEndpointRouteBuilder routes, IEnumerable<ControlRoute> calls)
    {
        foreach (var route in calls)
        {
            Func<ControlCall, Task<JsonObject>> handle = call => Task.FromResult(InTurn(() => route.Handle(call)));
            routes.MapMethods("/control/" + route.Path, [route.Method], (HttpContext http) => AnswerAsync(http, handle));
        }
    }

    /// <summary>A call that takes time and locks by itself.</summary>
    public void Map(IEndpointRouteBuilder routes, string path, Func<ControlCall, Task<JsonObject>> handle) =>
        routes.MapPost("/control/" + path, (HttpContext http) => AnswerAsync(http, handle));

    /// <summary>What fell due before the call comes before it, and what it makes due is done before its answer.</summary>
    public JsonObject InTurn(Func<JsonObject> act)
    {
        lock (book.Lock)
        {
            timeline.CatchUp();
            var answer = act();
            timeline.CatchUp();
            return answer;
        }
    }

    private async Task AnswerAsync(HttpContext http, Func<ControlCall, Task<JsonObject>> handle)
    {
        if (await ControlGate.LetInAsync(http, token) is not { } body) return;
        Reply reply;
        try
        {
            reply = Reply.Ok(await handle(new ControlCall(http, body)));
        }
        catch (ControlException e)
        {
            reply = Reply.Error(e.Status, "invalid_args", e.Message);
        }

        await Api.SendAsync(http, reply);
    }
}
