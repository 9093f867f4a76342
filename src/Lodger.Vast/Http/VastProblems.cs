using Lodger.Domain.Problems;

namespace Lodger.Vast.Http;

/// <summary>The sentences for everything that a call can meet. The platform's own words go through the redactor.</summary>
internal sealed class VastProblems(VastOptions options, Redactor redactor)
{
    private const string NothingConcluded = "Nothing was concluded from it; try again.";

    private string Host => options.BaseUrl.IsDefaultPort ? options.BaseUrl.Host : $"{options.BaseUrl.Host}:{options.BaseUrl.Port}";

    public Problem NoAnswer(Route route, Reply reply) => reply.Missing switch
    {
        Http.NoAnswer.TooLong => Unreadable(route, reply.Reason),
        Http.NoAnswer.Withheld => new Problem("not-sent", $"{route.Name} was not sent to {Host}: {reply.Reason}.", "", ExitCode.Unknown, MayRetry: true),
        _ => new Problem(
            "market-unreachable", $"{Host} did not answer {route.Name}: {redactor.Clean(reply.Reason)}.",
            $"{(options.BaseUrl.IsLoopback ? "It runs on this machine:  lodger market status  says how it stands." : "Check the network and the address.")} {NothingConcluded}", ExitCode.Unknown, MayRetry: true),
    };

    public Problem Unreadable(Route route, string why) => new(
        "answer-unreadable", $"{Host} answered {route.Name} with something that cannot be read: {redactor.Clean(why)}.",
        $"{NothingConcluded} If it stays, the platform has changed: update Lodger.", ExitCode.Unknown, MayRetry: true);

    /// <summary>An answer to a create that may or may not have made a rental.</summary>
    public Problem RentUnclear(long offerId, string why) => new(
        "rent-unclear", $"It is not known whether offer {offerId} was rented: {redactor.Clean(why)}.",
        "Look for the rental's label before trying again; a second create could bill twice.", ExitCode.Unknown, MayRetry: true);

    /// <summary>An answer that leaves open whether a volume was made.</summary>
    public Problem VolumeUnclear(long offerId, string why) => new(
        "volume-unclear", $"It is not known whether a volume was made from offer {offerId}: {redactor.Clean(why)}.",
        "Look for its name before trying again: lodger volume list", ExitCode.Unknown, MayRetry: true);

    public Problem ResultLate(string what) => new(
        "result-late", $"{what} was asked for and did not become readable within {options.ResultWait.TotalSeconds:0} s.", "Try again.", ExitCode.TimedOut, MayRetry: true);

    public Problem Of(Route route, Refusal refusal)
    {
        var said = redactor.Clean(refusal.Text.Length > 0 ? refusal.Text : refusal.Slug);
        var quoted = said.Length > 0 ? $": \"{said}\"" : "";
        if (refusal.IsRetired)
        {
            return new Problem(
                "endpoint-retired", $"{Host} has retired {route.Name}{quoted}.", "Update Lodger. Nothing was concluded from the answer.", ExitCode.Unknown);
        }

        if (refusal.IsThrottled)
        {
            return new Problem(
                "rate-limited", $"{Host} asks for fewer calls of {route.Name}{quoted}.", "Wait a moment; Lodger has learned the spacing.", ExitCode.Unknown, MayRetry: true);
        }

        if (refusal.IsServerFault)
        {
            return new Problem(
                "market-failing", $"{Host} failed at {route.Name} (HTTP {refusal.Status}){quoted}.", NothingConcluded, ExitCode.Unknown, MayRetry: true);
        }

        if (refusal.IsAuth)
        {
            return new Problem(
                "not-authorized", $"{Host} refused the API key from {redactor.Clean(options.ApiKey.Source)} (HTTP {refusal.Status}){quoted}.",
                "Check that key in the platform's account page, then run: lodger login", ExitCode.NotAuthorized);
        }

        // A page that is not the API's own says nothing about the call.
        if (!refusal.IsApi) return Unreadable(route, $"HTTP {refusal.Status} without the API's error form");
        if (refusal.IsMoney)
        {
            return new Problem(
                "no-money", $"The account has no credit for this{quoted}.", "Add credit in the platform's billing page, then try again.", ExitCode.NoMoney);
        }

        if (refusal.IsInstanceGone)
            return new Problem("rental-gone", $"{Host} has no such rental{quoted}.", "List what there is: lodger ps", ExitCode.NotFound);
        if (refusal.IsOfferGone)
            return new Problem("offer-gone", $"The offer is not there any more{quoted}.", "Search again: somebody else was faster.", ExitCode.NoOffer);
        return new Problem(
            "market-refused", $"{Host} refused {route.Name} (HTTP {refusal.Status}){quoted}.", "Change what it names, then try again.", ExitCode.BadInput);
    }
}
