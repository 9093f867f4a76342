using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lodger.Domain.Problems;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Client;

/// <summary>Whatever comes over the wire, a call ends in a value or in a problem that says something and holds no secret.</summary>
public sealed class HostileAnswersTests
{
    private static readonly string[] GoodAnswers =
    [
        Answers.Offers, Answers.Show(), Answers.List("t", 2, Answers.Instance), Answers.List(null, 1, Answers.Instance), Answers.User, Answers.Keys, Answers.Charges,
        """{"success": true, "new_contract": 4711}""", """{"success": true, "result_url": "https://store.example/x"}""", """{"success": false, "error": "auth_error", "msg": "no"}""",
        Answers.Throttled, Answers.Retired,
    ];

    private static readonly int[] Statuses = [200, 200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 410, 429, 500, 502];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void No_mutation_of_any_answer_makes_any_call_throw()
    {
        var seeds = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

        Prop.ForAll(seeds, seed =>
        {
            var random = new Random(seed);
            var body = Mutation.Of(GoodAnswers[random.Next(GoodAnswers.Length)], random);
            foreach (var outcome in CallEverythingAsync(Statuses[random.Next(Statuses.Length)], body).GetAwaiter().GetResult())
            {
                if (outcome is not { } problem) continue;
                if (problem.Id.Length == 0 || problem.Message.Length == 0 || problem.ToString().Contains(ScriptedServer.Key, StringComparison.Ordinal)) return false;
                if (problem.ToString().Any(char.IsControl)) return false;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_in_a_message_hide_neither_the_rental_nor_a_refusal()
    {
        var (client, server) = ScriptedServer.Start();
        server
            .Then(200, Encoding.Latin1.GetBytes(Answers.List(null, 1, Answers.Instance.Replace("success, running", "caf\u00e9 \u00a8"))))
            .Then(200, Encoding.Latin1.GetBytes("{\"success\": \"\u00a8\", \"error\": \"\u00a8\", \"msg\": \"\u00a8\"}"));

        (await client.ListAsync(Token)).Value.ShouldHaveSingleItem().Id.ShouldBe(4711);
        (await client.StopAsync(4711, Token)).Problem!.Id.ShouldBe("market-refused");
    }

    [Fact]
    public async Task A_body_cut_anywhere_is_never_a_value()
    {
        foreach (var answer in new[] { Answers.Offers, Answers.Show(), Answers.List(null, 1, Answers.Instance), Answers.User, Answers.Charges })
        {
            for (var length = 0; length < answer.TrimEnd().Length; length += 7)
            {
                var (client, server) = ScriptedServer.Start();
                server.Then(200, answer[..length]);
                using (client)
                {
                    (await client.ListAsync(Token)).IsOk.ShouldBeFalse();
                    (await client.ShowAsync(4711, Token)).IsOk.ShouldBeFalse();
                    (await client.UserAsync(Token)).IsOk.ShouldBeFalse();
                }
            }
        }
    }

    private static async Task<List<Problem?>> CallEverythingAsync(int status, byte[] body)
    {
        var (client, server) = ScriptedServer.Start(options: _ => ScriptedServer.Options(triesMax: 2));
        server.Then(status, body);
        using (client)
        {
            var market = new VastMarket(client, "m");
            return
            [
                (await market.SearchAsync("", 10, true, Token)).Problem,
                (await market.ListAsync(Token)).Problem,
                (await market.ShowAsync("4711", Token)).Problem,
                (await client.CreateAsync(5, new() { Image = "i", Disk = 10 }, Token)).Problem,
                (await market.StopAsync("4711", Token)).Problem,
                (await market.DestroyAsync("4711", Token)).Problem,
                (await market.AccountAsync(Token)).Problem,
                (await market.ChargesAsync(Token)).Problem,
                (await client.SshKeysAsync(Token)).Problem,
                (await client.LogsAsync(4711, 5, false, null, Token)).Problem,
            ];
        }
    }
}
