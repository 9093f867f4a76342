using System.Globalization;
using Lodger.Domain.Problems;
using Npgsql;

namespace Lodger.Engine.Journal.Databases;

/// <summary>Where a PostgreSQL database is.</summary>
/// <param name="ConnectionString">Npgsql's; may hold a password.</param>
/// <param name="Shown">For people: without one.</param>
public sealed record PostgresAddress(string ConnectionString, string Shown)
{
    private const string Example = "postgres://lodger@db.example.org:5432/lodger?sslmode=verify-full";

    /// <summary>A dead database is noticed in this time: what waits for it is told so.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="isPublic">It stood where everybody on this machine can read it, as on a command line: a password there is refused.</param>
    public static Outcome<PostgresAddress> Parse(string text, bool isPublic)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("postgres" or "postgresql"))
            return Bad("It is no address of a PostgreSQL database.");
        var user = uri.UserInfo.Split(':', 2);
        var database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        if (database.Length == 0)
            return Bad("It names no database after the host.");
        if (database.Contains('/', StringComparison.Ordinal))
            return Bad("Its path has several parts: what comes after the host is the name of the database alone.");
        if (user.Length > 1 && isPublic)
        {
            return new Problem(
                "database-password-shown",
                "A password on the command line can be read by everybody on this machine.",
                "Put the address into the environment variable LODGER_DATABASE, or the password into ~/.pgpass (host:port:database:user:password).",
                ExitCode.BadInput);
        }

        var made = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Length > 0 ? uri.Host : "localhost",
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = database,
            ApplicationName = "lodger",
            Timeout = (int)Patience.TotalSeconds,
            CommandTimeout = (int)Patience.TotalSeconds,
            CancellationTimeout = (int)Patience.TotalMilliseconds,
            // A connection over which nothing comes back any more is found out although nobody speaks on it.
            KeepAlive = (int)Patience.TotalSeconds,
            // A node that stops in the middle of a write holds up its successor for no longer than this, whatever became of it.
            Options = "-c idle_in_transaction_session_timeout=2000 -c tcp_user_timeout=5000",
            MaxPoolSize = 20,
        };
        if (user[0].Length > 0)
            made.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1)
            made.Password = Uri.UnescapeDataString(user[1]);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)))
        {
            var value = pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "";
            switch (pair[0])
            {
                case "sslmode" when Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode):
                    made.SslMode = mode;
                    break;
                case "sslrootcert" when value.Length > 0:
                    made.RootCertificate = value;
                    break;
                case "host" when value.StartsWith('/'):
                    made.Host = value;
                    break;
                default:
                    return Bad($"'{pair[0]}' is none of its settings, or has no such value: sslmode, sslrootcert, and host for a directory with a socket.");
            }
        }

        var shown = $"postgres://{(user[0].Length > 0 ? user[0] + "@" : "")}{(uri.Host.Length > 0 ? uri.Host : made.Host)}:{made.Port.ToString(CultureInfo.InvariantCulture)}/{database}";
        return new PostgresAddress(made.ConnectionString, shown);

        static Problem Bad(string what) => new("database-address", $"The address of the database cannot be used. {what}", $"Write for example:  --database '{Example}'", ExitCode.BadInput);
    }
}
