using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using Lodger.Engine.Journal.Databases;

namespace Lodger.Engine.Journal;

/// <summary>Which node leads, as the database has it.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Address">Where the other nodes reach it.</param>
/// <param name="Key">Who reads it here is a node of the cluster: the leader takes requests over the network from nobody else.</param>
/// <param name="IsOver">By the database's clock: it did not renew in time, and whoever asks next leads.</param>
public sealed record Leader(string Node, string Address, long Term, string Key, bool IsOver);

/// <summary>
/// One node of a cluster at a time leads: it alone writes the journal and acts on rentals. It holds a lease in the database, measured by the database's clock alone, and renews it; who takes it over begins
/// a new term, and a write of an older term is refused in its own transaction. So a node whose clock is wrong, or that was stopped and wakes, can write nothing.
/// </summary>
/// <remarks>Every method may throw a <see cref="JournalException"/>.</remarks>
public sealed class LeaderLease
{
    private const string Of = "board";

    /// <summary>Entries are dated by the leader's clock, and the next leader reckons with them.</summary>
    private static readonly TimeSpan SkewMax = TimeSpan.FromSeconds(5);

    private readonly IDatabase database;
    private readonly TimeSpan length;
    private readonly TimeProvider time;
    private long renewed;
    private long renewedAtTicks;

    private LeaderLease(IDatabase database, long term, string key, TimeSpan length, TimeProvider time, long asked, long askedAt)
    {
        this.database = database;
        this.length = length;
        this.time = time;
        Term = term;
        Key = key;
        renewed = asked;
        renewedAtTicks = askedAt;
    }

    public long Term { get; }

    /// <summary>Of this term: what the other nodes show to be let in.</summary>
    public string Key { get; }

    /// <summary>
    /// No other node can have taken over yet. When it is false, nothing is begun any more. By this machine's steady clock, and by the other one too, because the steady one stands still while a machine sleeps.
    /// </summary>
    public bool IsSure =>
        time.GetElapsedTime(Interlocked.Read(ref renewed)) < length && time.GetUtcNow().UtcTicks - Interlocked.Read(ref renewedAtTicks) < length.Ticks;

    /// <summary>Null: another node leads.</summary>
    /// <param name="length">How long it holds when it is not renewed.</param>
    public static LeaderLease? Take(IDatabase database, string node, string address, TimeSpan length, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(time);
        var before = time.GetUtcNow();
        var there = new DateTimeOffset(database.Do(connection => connection.ExecuteScalar<DateTime>("select clock_timestamp()")));
        // How long the database took to answer is no difference of clocks.
        var after = time.GetUtcNow();
        var ahead = before > there ? before - there : there > after ? after - there : TimeSpan.Zero;
        if (ahead.Duration() > SkewMax)
            throw new ClockSkewedException(ahead);
        // Before it is asked for: the lease ends here sooner than in the database, never later.
        var (asked, askedAt) = (time.GetTimestamp(), time.GetUtcNow().UtcTicks);
        var key = RandomNumberGenerator.GetHexString(64, lowercase: true);
        var term = database.Do(connection => connection.ExecuteScalar<long?>(
            """
            with taken as (
              insert into leader (name, term, node, address, key, until) values (@Of, 1, @node, @address, @key, clock_timestamp() + @length)
              on conflict (name) do update set term = leader.term + 1, node = excluded.node, address = excluded.address, key = excluded.key, until = clock_timestamp() + @length
              where leader.until <= clock_timestamp()
              returning term),
            begun as (
              insert into leader_term (name, term) select @Of, term from taken
              on conflict (name) do update set term = excluded.term)
            select term from taken
            """,
            new { Of, node, address, key, length }));
        return term is { } mine ? new(database, mine, key, length, time, asked, askedAt) : null;
    }

    /// <summary>Null: none ever did.</summary>
    public static Leader? Find(IDatabase database)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.Do(connection => connection.QueryFirstOrDefault<(string Node, string Address, long Term, string Key, bool IsOver)?>(
            "select node, address, term, key, until <= clock_timestamp() from leader where name = @Of", new { Of })) is { } found
            ? new(found.Node, found.Address, found.Term, found.Key, found.IsOver)
            : null;
    }

    /// <summary>False: another node has taken over.</summary>
    public bool Renew()
    {
        var (asked, askedAt) = (time.GetTimestamp(), time.GetUtcNow().UtcTicks);
        if (database.Do(connection => connection.Execute("update leader set until = clock_timestamp() + @length where name = @Of and term = @Term", new { Of, Term, length })) == 0)
            return false;
        Interlocked.Exchange(ref renewed, asked);
        Interlocked.Exchange(ref renewedAtTicks, askedAt);
        return true;
    }

    /// <summary>The next node need not wait for its end.</summary>
    public void GiveUp() => database.Do(connection => connection.Execute("update leader set until = clock_timestamp() where name = @Of and term = @Term", new { Of, Term }));

    /// <summary>In another row than the one that is renewed: many writes at once must not keep the leader from renewing. Holds the term until the end of the transaction; throws when it is over.</summary>
    /// <exception cref="LeadershipLostException">Another node has taken over.</exception>
    public void Require(DbConnection connection, DbTransaction transaction)
    {
        if (connection.ExecuteScalar<long?>("select term from leader_term where name = @Of and term = @Term for share", new { Of, Term }, transaction) is null)
            throw new LeadershipLostException();
    }
}
