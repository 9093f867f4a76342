using System.Text.Json.Serialization.Metadata;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Http;

/// <summary>From outcomes to HTTP answers: one shape for values, one for problems.</summary>
internal static class Answers
{
    public static IResult Of<T>(Outcome<T> outcome, JsonTypeInfo<T> type) =>
        outcome.TryGet(out var value, out var problem) ? Results.Json(value, type) : Of(problem);

    public static IResult Of(Problem problem) => Results.Json(new ProblemView(problem), ApiJson.Default.ProblemView, statusCode: Status(problem.ExitCode));

    private static int Status(ExitCode code) => code switch
    {
        ExitCode.BadInput => StatusCodes.Status400BadRequest,
        ExitCode.NotFound => StatusCodes.Status404NotFound,
        ExitCode.NotAuthorized => StatusCodes.Status401Unauthorized,
        ExitCode.NoMoney => StatusCodes.Status402PaymentRequired,
        ExitCode.Unknown or ExitCode.TimedOut => StatusCodes.Status503ServiceUnavailable,
        ExitCode.Defect => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status409Conflict,
    };
}
