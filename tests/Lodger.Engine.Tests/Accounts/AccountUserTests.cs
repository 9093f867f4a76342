using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Journal;
using Lodger.Engine.Profile;
using Lodger.Engine.Tests.Stage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodger.Engine.Tests.Accounts;

/// <summary>Whose key an account's is, over restarts of the server.</summary>
public sealed class AccountUserTests : IDisposable
{
    private static readonly Problem Silent = new("no-answer", "It does not answer.", "", ExitCode.Unknown, MayRetry: true);
    private static readonly Problem Forbidden = new("key-refused", "The key may not.", "", ExitCode.NotAuthorized);

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task The_first_user_is_kept_and_another_one_is_refused_while_anything_may_bill()
    {
        (await CheckAsync("77")).ShouldBeNull();
        (await CheckAsync("78")).ShouldNotBeNull().ShouldSatisfyAllConditions(
            p => p.Id.ShouldBe(AccountUser.Another), p => p.Message.ShouldContain("user 78"), p => p.Message.ShouldContain("user 77"), p => p.Fix.ShouldContain("lodger login lab"));
        (await CheckAsync("77")).ShouldBeNull();
    }

    [Fact]
    public async Task Another_user_takes_the_account_over_when_nothing_may_bill()
    {
        await CheckAsync("77");
        (await CheckAsync("78", mayBill: false)).ShouldBeNull();
        (await CheckAsync("77")).ShouldNotBeNull().Id.ShouldBe(AccountUser.Another);
    }

    [Fact]
    public async Task What_cannot_be_told_is_unknown_but_for_a_key_without_the_right_to_ask_where_nobody_was_seen_yet()
    {
        (await CheckAsync(Silent)).ShouldBe(Silent);
        (await CheckAsync(Forbidden)).ShouldBeNull();
        await CheckAsync("77");
        (await CheckAsync(Silent)).ShouldBe(Silent);
        (await CheckAsync(Forbidden)).ShouldBe(Forbidden);
    }

    [Fact]
    public async Task A_platform_that_does_not_say_whose_key_it_is_leaves_who_was_known()
    {
        await CheckAsync("77");
        (await CheckAsync(new Account("anna", 1, null, DateTimeOffset.UnixEpoch))).ShouldBeNull();
        (await CheckAsync("78")).ShouldNotBeNull();
    }

    private Task<Problem?> CheckAsync(string id, bool mayBill = true) => CheckAsync(new Account("anna", 1, null, DateTimeOffset.UnixEpoch) { UserId = id }, mayBill);

    /// <summary>As the next server sees it.</summary>
    private async Task<Problem?> CheckAsync(Outcome<Account> answer, bool mayBill = true)
    {
        using var journal = JournalStore.OpenFile(Path.Combine(directory.Path, "journal.db")).Value;
        var market = Played.Of<IMarket>((nameof(IMarket.AccountAsync), _ => Task.FromResult(answer)));
        using var user = new AccountUser(new OpenAccount("lab", market, null!, ProfileReader.VastAi, new Uri("http://127.0.0.1:1"), "", "") { Hosts = null! }, journal, () => mayBill, TimeProvider.System, NullLogger.Instance);
        return (await user.CheckAsync(TestContext.Current.CancellationToken)).Problem;
    }
}
