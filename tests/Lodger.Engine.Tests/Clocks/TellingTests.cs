using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Lodger.Domain.Clocks;
using Lodger.Engine.Clocks;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Clocks;

public sealed class TellingTests : IDisposable
{
    private static readonly TimeSpan Lead = TimeSpan.FromHours(24);
    private readonly TemporaryDirectory directory = new();
    private readonly Teller teller = new(TimeSpan.FromMinutes(2), TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Clock Clock { get; } = new()
    {
        Key = "anna/ContractEnd/r1/1",
        Kind = ClockKind.ContractEnd,
        Account = "anna",
        Market = "vast.ai (account anna)",
        Job = "digits",
        Left = TimeSpan.FromHours(3),
        Sentence = "The contract of r1 ends; $(touch owned) `id`.",
        Fix = "lodger down digits",
    };

    public void Dispose()
    {
        teller.Dispose();
        directory.Dispose();
    }

    [Fact]
    public async Task A_command_gets_the_notice_as_json_on_its_input_and_as_variables_and_nothing_of_it_is_run()
    {
        var file = Path.Combine(directory.Path, "told");
        var settings = new NotifySettings($"cd '{directory.Path}'; cat >told; printf '\\n%s|%s|%s' \"$LODGER_KIND\" \"$LODGER_JOB\" \"$LODGER_SENTENCE\" >>told", null, Lead);

        (await teller.TellAsync(settings, Clock, Token)).IsOk.ShouldBeTrue();

        var lines = (await File.ReadAllTextAsync(file, Token)).Split('\n');
        var notice = JsonDocument.Parse(lines[0]).RootElement;
        (notice.GetProperty("kind").GetString(), notice.GetProperty("sentence").GetString()).ShouldBe(("ContractEnd", Clock.Sentence));
        lines[1].ShouldBe($"ContractEnd|digits|{Clock.Sentence}");
        File.Exists(Path.Combine(directory.Path, "owned")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_command_that_fails_is_named_by_its_status_and_never_by_its_text()
    {
        var problem = (await teller.TellAsync(new NotifySettings("echo token-4711 >&2; exit 3", null, Lead), Clock, Token)).Problem.ShouldNotBeNull();
        problem.Message.ShouldBe("A notice was not passed on: the notify command exited 3.");
        problem.ToString().ShouldNotContain("4711");
    }

    [Theory]
    [InlineData("200 OK", null)]
    [InlineData("500 No", "A notice was not passed on: the notify webhook answered 500.")]
    [InlineData("302 Away\r\nLocation: http://127.0.0.1:1/", "A notice was not passed on: the notify webhook answered 302.")]
    public async Task A_webhook_gets_the_notice_by_post(string status, string? failure)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var seen = AnswerAsync(listener, status);
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/token-4711");

        var told = await teller.TellAsync(new NotifySettings(null, address, Lead), Clock, Token);

        (told.IsOk ? null : told.Problem.Message).ShouldBe(failure);
        (await seen).ShouldStartWith("POST /token-4711");
    }

    [Fact]
    public async Task A_webhook_where_nobody_listens_is_a_problem_without_its_address()
    {
        var problem = (await teller.TellAsync(new NotifySettings(null, new Uri("http://127.0.0.1:1/token-4711"), Lead), Clock, Token)).Problem.ShouldNotBeNull();
        problem.ToString().ShouldNotContain("4711");
    }

    [Fact]
    public void What_was_told_is_not_told_again_not_even_after_a_restart()
    {
        var path = Path.Combine(directory.Path, "lodger.db");
        using (var store = JournalStore.OpenFile(path).Value)
        {
            var told = new ToldOnce(store);
            told.Untold([Clock, Clock with { Key = "anna/far", Left = TimeSpan.FromDays(3) }], Lead).ShouldBe([Clock]);
            told.Begin(Clock, DateTimeOffset.UnixEpoch);
        }

        using var again = JournalStore.OpenFile(path).Value;
        new ToldOnce(again).Untold([Clock], Lead).ShouldBeEmpty("killed between the note and the delivery it counts as told");
    }

    [Fact]
    public void What_cannot_be_written_down_is_told_all_the_same_once_and_as_often_as_it_fails()
    {
        var database = new SqliteDatabase(Path.Combine(directory.Path, "lodger.db"));
        using var store = JournalStore.Open(database, null).Value;
        var told = new ToldOnce(store);
        var earlier = Clock with { Key = "anna/earlier" };
        told.Begin(earlier, DateTimeOffset.UnixEpoch);
        database.OnlyRead(true);

        told.Rearm("anna", [Clock], Lead);
        for (var i = 1; i < ToldOnce.TriesMax; i++)
        {
            told.Untold([Clock], Lead).ShouldHaveSingleItem();
            told.Begin(Clock, DateTimeOffset.UnixEpoch);
            told.Failed(Clock);
        }

        told.Begin(Clock, DateTimeOffset.UnixEpoch);
        told.Untold([Clock], Lead).ShouldBeEmpty("it was passed on");
        told.Rearm("anna", [], Lead);
        told.Untold([Clock], Lead).ShouldHaveSingleItem("it came near again");

        database.OnlyRead(false);
        told.Begin(Clock, DateTimeOffset.UnixEpoch);
        new ToldOnce(store).Untold([Clock], Lead).ShouldBeEmpty();
    }

    [Fact]
    public void What_failed_is_tried_again_but_not_for_ever()
    {
        using var store = JournalStore.OpenFile(Path.Combine(directory.Path, "lodger.db")).Value;
        var told = new ToldOnce(store);
        for (var i = 0; i < ToldOnce.TriesMax; i++)
        {
            told.Untold([Clock], Lead).ShouldHaveSingleItem();
            told.Begin(Clock, DateTimeOffset.UnixEpoch);
            told.Failed(Clock);
        }

        told.Untold([Clock], Lead).ShouldBeEmpty();
    }

    [Fact]
    public void A_clock_that_was_put_off_is_told_again_when_it_comes_near_again_and_one_that_only_wavers_is_not()
    {
        using var store = JournalStore.OpenFile(Path.Combine(directory.Path, "lodger.db")).Value;
        var told = new ToldOnce(store);
        told.Begin(Clock, DateTimeOffset.UnixEpoch);
        told.Begin(Clock with { Key = "bert/other" }, DateTimeOffset.UnixEpoch);

        told.Rearm("anna", [Clock with { Left = TimeSpan.FromHours(30) }], Lead);
        told.Untold([Clock], Lead).ShouldBeEmpty();
        told.Rearm("anna", [Clock with { Left = TimeSpan.FromDays(20) }], Lead);
        told.Untold([Clock], Lead).ShouldHaveSingleItem();
        told.Untold([Clock with { Key = "bert/other" }], Lead).ShouldBeEmpty("another account's");
    }

    private static async Task<string> AnswerAsync(TcpListener listener, string status)
    {
        using var client = await listener.AcceptTcpClientAsync(Token);
        await using var stream = client.GetStream();
        var request = "";
        var buffer = new byte[65_536];
        while (!request.Contains("lodger down digits", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, Token);
            if (read == 0)
                break;
            request += Encoding.UTF8.GetString(buffer, 0, read);
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), Token);
        return request;
    }
}
