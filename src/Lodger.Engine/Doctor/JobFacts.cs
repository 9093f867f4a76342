using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Profile;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Doctor;

/// <summary>What was last seen of a job, and the log that is at home, as the doctor's facts.</summary>
public static class JobFacts
{
    public static Facts Of(JobSight sight, PlatformProfile profile, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(sight);
        var (state, live) = (sight.State, sight.Live);
        return new Facts
        {
            Moment = MomentOf(state),
            Spec = state.Submission.Spec,
            Profile = profile,
            Offers = live.Offers ?? [],
            MarketNow = sight.MarketNow,
            Job = state,
            Rental = sight.Rental,
            Others = sight.Others,
            Report = live.Report,
            ReportAge = now - live.ReportAt,
            BoxProblem = live.BoxProblem,
            Busy = live.Busy,
            Charges = live.Charges,
            // Rules read last words of commands that failed, and of no others.
            LogTail = state.Current is { Ended.ExitCode: not 0 and not null } ? LogAtHome.End(state) : null,
            Now = now,
        };
    }

    private static Moment MomentOf(JobState state) =>
        // What was taken over is over from the beginning for Lodger, and alive for whoever started it.
        state is { IsAdopted: true, Closed: null, Current.Vanished: false } ? Moment.Watch
        : state.Closed is not null || state.Current is { IsOver: true } or { GivenUp: not null } or { RentRefusal: not null } or { Vanished: true } ? Moment.PostMortem : Moment.Watch;
}
