using Lodger.Vast.Tests.Script;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Tests.Client;

/// <summary>What cannot be undone is asked about once more when its turn has come.</summary>
public sealed class WithheldTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_asked_after_the_wait_for_its_turn_and_a_no_sends_nothing()
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time, _ => ScriptedServer.Options(startSpacing: TimeSpan.FromSeconds(10)));
        server.Then(200, """{"success": true}""");
        DateTimeOffset? asked = null;

        (await client.DestroyAsync(1, Token, () => true)).IsOk.ShouldBeTrue();
        var problem = (await client.DestroyAsync(2, Token, () =>
        {
            asked = time.GetUtcNow();
            return false;
        })).Problem.ShouldNotBeNull();

        problem.Id.ShouldBe("not-sent");
        problem.MayRetry.ShouldBeTrue();
        asked.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(server.Seen.ShouldHaveSingleItem().At + TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Each_try_is_asked_about_anew()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(502, "").Then(200, """{"success": true}""");
        var asked = 0;

        (await client.DestroyAsync(1, Token, () => ++asked == 1)).Problem.ShouldNotBeNull().Id.ShouldBe("not-sent");

        asked.ShouldBe(2);
        server.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_changes_a_rental_is_asked_about_too()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, """{"success": true}""");

        (await client.StopAsync(1, Token, () => false)).Problem.ShouldNotBeNull().Id.ShouldBe("not-sent");
        (await client.StartAsync(1, Token, () => false)).Problem.ShouldNotBeNull().Id.ShouldBe("not-sent");
        (await client.ChangeBidAsync(1, 0.5m, Token, () => false)).Problem.ShouldNotBeNull().Id.ShouldBe("not-sent");

        server.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_create_that_was_withheld_is_known_not_to_have_rented()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, """{"success": true, "new_contract": 4711}""");

        (await client.CreateAsync(5, new CreateInstance { Image = "i", Disk = 10 }, Token, () => false)).Problem.ShouldNotBeNull().Id.ShouldBe("not-sent");

        server.Seen.ShouldBeEmpty();
    }
}
