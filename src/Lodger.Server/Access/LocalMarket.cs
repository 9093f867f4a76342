using Lodger.Domain.Problems;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Access;

/// <summary>
/// The embedded marketplace runs jobs on the server's own machine, as its user. That is for this user alone: to name it over the network would be to run commands there, and only to look at it would start it.
/// </summary>
internal static class LocalMarket
{
    /// <summary>The account by which it is named.</summary>
    private const string Account = "local";

    /// <summary>The value, of the route or of the query, that names an account in every endpoint that takes one there.</summary>
    private const string AccountValue = "account";

    /// <summary>Null: they may name it, or it is another.</summary>
    public static Problem? Refuse(Principal who, string account) => who.IsHere || account != Account ? null : NotHere;

    /// <summary>The same, of an account that the address of a request names.</summary>
    public static Problem? Refuse(HttpRequest request) =>
        request.RouteValues[AccountValue] as string == Account || request.Query[AccountValue].Contains(Account) ? NotHere : null;

    private static Problem NotHere { get; } = new(
        "local-over-network", "The embedded marketplace runs jobs on the server's own machine: nobody uses it over the network.", "Name an account of the server's:  --account NAME", ExitCode.NotAuthorized);
}
