using Dapper;
using Lodger.Domain.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Tests.Shared;
using Npgsql;

namespace Lodger.Engine.Tests.Journal;

/// <summary>One real server for the class, a database for each test.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private int made;

    internal PostgresServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await PostgresServer.StartAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    public async Task<PostgresAddress> MakeAsync() => PostgresAddress.Parse(await Server.AddressAsync($"test{Interlocked.Increment(ref made)}"), isPublic: true).Value;

    /// <summary>The same for a machine on which a connection, or the next statement, may take longer than a node of a cluster waits.</summary>
    internal static PostgresAddress Patient(PostgresAddress address) =>
        address with { ConnectionString = new NpgsqlConnectionStringBuilder(address.ConnectionString) { Timeout = 120, CommandTimeout = 120, Options = "" }.ConnectionString };
}

public sealed class PostgresJournalTests(PostgresFixture postgres) : JournalStoreTests, IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private PostgresAddress brisk = null!;

    private PostgresAddress address = null!;

    public async ValueTask InitializeAsync() => address = PostgresFixture.Patient(brisk = await postgres.MakeAsync());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override JournalStore Open() => JournalStore.Open(new PostgresDatabase(address), null).Value;

    private JournalStore Open(LeaderLease lease) => JournalStore.Open(new PostgresDatabase(address), lease).Value;

    [Fact]
    public async Task Several_nodes_bring_the_schema_at_once_and_again()
    {
        var brought = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() =>
        {
            using var database = new PostgresDatabase(address);
            return Schema.Bring(database);
        })));
        brought.ShouldAllBe(b => b.IsOk);
        Open().Dispose();
    }

    /// <summary>The two are written apart, because each dialect has its own words for keys that count up and for triggers; they may not drift apart.</summary>
    [Fact]
    public void Both_kinds_of_database_have_the_same_tables_columns_and_keys_but_for_who_leads()
    {
        using var directory = new TemporaryDirectory();
        using var file = new SqliteDatabase(Path.Combine(directory.Path, "lodger.db"));
        using var server = new PostgresDatabase(address);
        foreach (var database in (IDatabase[])[file, server])
            Schema.Bring(database).IsOk.ShouldBeTrue();

        var here = file.Do(c => c.Query<string>(
            """
            select t.name || '.' || c.name || ' ' || lower(c.type) || iif(c."notnull" or c.pk, ' required', '') || iif(c.pk, ' key', '')
            from sqlite_master t, pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite_%'
            """).ToList());
        var there = server.Do(c => c.Query<string>(
            """
            select c.table_name || '.' || c.column_name || ' ' || replace(c.data_type, 'bigint', 'integer') || case c.is_nullable when 'NO' then ' required' else '' end
              || case when exists (
                select 1 from information_schema.table_constraints t join information_schema.key_column_usage k using (constraint_schema, constraint_name)
                where t.constraint_type = 'PRIMARY KEY' and k.table_name = c.table_name and k.column_name = c.column_name) then ' key' else '' end
            from information_schema.columns c where c.table_schema = 'public'
            """).ToList());

        there.RemoveAll(c => c.StartsWith("leader", StringComparison.Ordinal)).ShouldBePositive();
        here.ShouldContain("journal.sequence integer required key");
        here.ShouldBe(there, ignoreOrder: true);
        file.Migrations.Count.ShouldBe(server.Migrations.Count, "a version means the same in both");
    }

    [Fact]
    public void One_node_leads_and_what_an_older_term_writes_is_refused()
    {
        using var database = new PostgresDatabase(address);
        Schema.Bring(database).IsOk.ShouldBeTrue();
        LeaderLease.Find(database).ShouldBeNull();
        var first = LeaderLease.Take(database, "one", "127.0.0.1:1", Lease, TimeProvider.System).ShouldNotBeNull();
        LeaderLease.Take(database, "two", "127.0.0.1:2", Lease, TimeProvider.System).ShouldBeNull("one leads");
        LeaderLease.Find(database).ShouldBe(new Leader("one", "127.0.0.1:1", 1, first.Key, IsOver: false));
        using var old = Open(first);
        old.Create("a.1", "a", First());
        first.Renew().ShouldBeTrue();

        first.GiveUp();
        var second = LeaderLease.Take(database, "two", "127.0.0.1:2", Lease, TimeProvider.System).ShouldNotBeNull();
        second.Term.ShouldBe(2);
        second.Key.ShouldNotBe(first.Key);
        first.Renew().ShouldBeFalse();
        Should.Throw<LeadershipLostException>(() => old.Append("a.1", new JournalEntry(2, First().At, new Noted("too late"))));
        Should.Throw<LeadershipLostException>(() => old.BeginTelling("k", First().At));
        using var now = Open(second);
        now.Append("a.1", new JournalEntry(2, First().At, new Noted("in time")));
        now.Read("a.1")[^1].Event.ShouldBe(new Noted("in time"));
        old.Read("a.1").Count.ShouldBe(2, "reading is for all");
    }

    [Fact]
    public async Task A_leader_that_stops_in_the_middle_of_a_write_does_not_keep_the_next_one_from_taking_over()
    {
        using var database = new PostgresDatabase(address);
        Schema.Bring(database).IsOk.ShouldBeTrue();
        var first = LeaderLease.Take(database, "one", "127.0.0.1:1", TimeSpan.FromSeconds(2), TimeProvider.System).ShouldNotBeNull();
        using var stuck = new PostgresDatabase(brisk);
        using var done = new ManualResetEventSlim();
        var holding = Task.Run(() => Should.Throw<JournalException>(() => stuck.Do(connection =>
        {
            using var transaction = connection.BeginTransaction();
            first.Require(connection, transaction);
            done.Wait(TimeSpan.FromMinutes(2));
            transaction.Commit();
            return 0;
        })));
        LeaderLease? second = null;
        for (var i = 0; i < 300 && second is null; i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            try
            {
                second = LeaderLease.Take(database, "two", "127.0.0.1:2", Lease, TimeProvider.System);
            }
            catch (JournalException)
            {
                // Held up: the database gives up the other's transaction soon.
            }
        }

        second.ShouldNotBeNull();
        done.Set();
        await holding;
    }

    [Theory]
    [InlineData(1, "ahead of")]
    [InlineData(-1, "behind")]
    public void A_node_whose_clock_is_wrong_does_not_lead(int hours, string where)
    {
        using var database = new PostgresDatabase(address);
        Schema.Bring(database).IsOk.ShouldBeTrue();
        var clock = new SteadyClock();
        clock.Sleep(TimeSpan.FromHours(hours));
        Should.Throw<ClockSkewedException>(() => LeaderLease.Take(database, "one", "127.0.0.1:1", Lease, clock)).Message.ShouldContain(where);
        LeaderLease.Find(database).ShouldBeNull();
    }

    [Theory]
    [InlineData(60, "60 s ahead of")]
    [InlineData(-60, "60 s behind")]
    public void A_clock_that_is_wrong_is_said_with_how_much(int seconds, string said) => new ClockSkewedException(TimeSpan.FromSeconds(seconds)).Message.ShouldContain(said);

    [Fact]
    public void A_database_that_answers_late_is_no_clock_that_is_wrong()
    {
        using var database = new PostgresDatabase(address);
        Schema.Bring(database).IsOk.ShouldBeTrue();
        LeaderLease.Take(database, "one", "127.0.0.1:1", Lease, new LateTime()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Of_nodes_that_want_to_lead_at_once_one_does()
    {
        using (var database = new PostgresDatabase(address))
            Schema.Bring(database).IsOk.ShouldBeTrue();
        var leases = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            using var database = new PostgresDatabase(address);
            return LeaderLease.Take(database, $"n{i}", "127.0.0.1:1", Lease, TimeProvider.System);
        })));
        leases.Count(l => l is not null).ShouldBe(1);
    }

    [Fact]
    public void A_lease_that_is_not_renewed_is_no_longer_sure_by_the_node_s_own_clock()
    {
        using var database = new PostgresDatabase(address);
        Schema.Bring(database).IsOk.ShouldBeTrue();
        var clock = new SteadyClock();
        var lease = LeaderLease.Take(database, "one", "127.0.0.1:1", Lease, clock).ShouldNotBeNull();
        using var journal = Open(lease);
        journal.MayAct.ShouldBeTrue();
        clock.Pass(Lease - TimeSpan.FromMinutes(1));
        lease.Renew().ShouldBeTrue();
        clock.Pass(Lease - TimeSpan.FromMinutes(1));
        journal.MayAct.ShouldBeTrue();
        clock.Pass(TimeSpan.FromMinutes(2));
        journal.MayAct.ShouldBeFalse();
        lease.Renew().ShouldBeTrue();
        journal.MayAct.ShouldBeTrue();
        clock.Sleep(Lease);
        journal.MayAct.ShouldBeFalse("another may lead since");
    }

    [Fact]
    public async Task A_database_that_is_away_is_said_and_is_used_again_when_it_is_back()
    {
        await using var own = await PostgresServer.StartAsync();
        using var store = JournalStore.Open(new PostgresDatabase(PostgresFixture.Patient(PostgresAddress.Parse(await own.AddressAsync("lodger"), isPublic: true).Value)), null).Value;
        store.Create("a.1", "a", First());
        await own.StopAsync();
        Should.Throw<DatabaseUnreachableException>(() => store.Append("a.1", new JournalEntry(2, First().At, new Noted("lost"))));
        Should.Throw<DatabaseUnreachableException>(() => store.Jobs()).Message.ShouldContain($"postgres://lodger@127.0.0.1:{own.Port}/lodger");
        await own.StartAgainAsync();
        store.Read("a.1").Count.ShouldBe(1);
        store.Append("a.1", new JournalEntry(2, First().At, new Noted("there")));
        store.Read("a.1").Count.ShouldBe(2);
    }

    [Fact]
    public void A_database_that_lets_nobody_in_says_so()
    {
        using var missing = new PostgresDatabase(PostgresFixture.Patient(PostgresAddress.Parse($"postgres://lodger@127.0.0.1:{postgres.Server.Port}/no-such", isPublic: true).Value));
        Should.Throw<DatabaseRefusesException>(() => Schema.Bring(missing)).Message.ShouldContain("no-such");
        using var stranger = new PostgresDatabase(PostgresFixture.Patient(PostgresAddress.Parse($"postgres://stranger@127.0.0.1:{postgres.Server.Port}/postgres", isPublic: true).Value));
        Should.Throw<DatabaseRefusesException>(() => Schema.Bring(stranger)).Message.ShouldContain("stranger");
    }

    [Fact]
    public void A_journal_moves_from_its_file_whole_or_not_at_all()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "lodger.db");
        using (var store = JournalStore.OpenFile(path).Value)
        {
            foreach (var job in (string[])["a.1", "b.1"])
            {
                store.Create(job, job[..1], First());
                for (var sequence = 2; sequence < 1300; sequence++)
                    store.Append(job, new JournalEntry(sequence, First().At.AddSeconds(sequence), new Noted($"{job} {sequence}")));
            }

            store.BeginTelling("local/x", First().At);
        }

        using var from = new SqliteDatabase(path);
        using (var to = new PostgresDatabase(address))
        {
            JournalMove.Copy(from, to).Value.ShouldBe(new MovedJournal(2, 2598));
            JournalMove.Copy(from, to).Value.ShouldBe(new MovedJournal(2, 2598), "the same once more is done already");
        }

        using (var more = JournalStore.OpenFile(path).Value)
            more.Append("a.1", new JournalEntry(1300, First().At, new Noted("later")));
        using (var to = new PostgresDatabase(address))
            JournalMove.Copy(from, to).Problem!.Id.ShouldBe("database-not-empty");

        using var moved = Open();
        using var old = JournalStore.OpenFile(path).Value;
        moved.Jobs().ShouldBe(old.Jobs());
        moved.Read("b.1").Skip(1).ShouldBe(old.Read("b.1").Skip(1));
        moved.Told().ShouldBe(old.Told());
        moved.Append("a.1", new JournalEntry(1300, First().At, new Noted("on")));
    }

    /// <summary>The steady clock goes by hand. The one on the wall goes on besides, as the database's does.</summary>
    private sealed class SteadyClock : TimeProvider
    {
        private long ticks;
        private TimeSpan slept;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(ticks) + slept;

        /// <summary>The machine slept: only the clock on the wall went on.</summary>
        public void Sleep(TimeSpan time) => slept += time;

        public void Pass(TimeSpan time) => ticks += time.Ticks;
    }

    /// <summary>Half a minute passes between its first reading and the next.</summary>
    private sealed class LateTime : TimeProvider
    {
        private bool isRead;

        public override DateTimeOffset GetUtcNow()
        {
            var late = isRead ? TimeSpan.Zero : TimeSpan.FromSeconds(30);
            isRead = true;
            return System.GetUtcNow() - late;
        }
    }
}
