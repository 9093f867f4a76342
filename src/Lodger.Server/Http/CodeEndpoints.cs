using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Code;
using Lodger.Engine.Jobs;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>For whoever is at another machine: the code of a job comes in, and is what its submission is of. No path of theirs is read as one of this machine.</summary>
internal static class CodeEndpoints
{
    public static void Map(IEndpointRouteBuilder app, JobBoard board) => app.MapPost(Routes.Code, async (HttpContext http, Principal who, string? project, CancellationToken token) =>
    {
        if (Refuse(http.Request, who, project) is { } unfit)
            return Answers.Of(unfit);
        Enlarge(http);
        if (http.Request.ContentLength > CodeStore.ArchiveBytesMax)
            return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        return Answers.Of((await board.Code.ReceiveAsync(who.CountedAs, project ?? who.Project ?? Projects.Default, http.Request.Body, token)).Then<CodeView>(c => new CodeView(c.Id, c.Sha256, c.Files, c.Bytes)), ApiJson.Default.CodeView);
    });

    /// <summary>Every other request is small.</summary>
    public static void Enlarge(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
            body.MaxRequestBodySize = CodeStore.ArchiveBytesMax;
    }

    /// <summary>The submission with what it leaves to the server: where its code lies, and where its results will.</summary>
    public static Outcome<SubmitRequest> Resolve(SubmitRequest request, Principal who, JobBoard board)
    {
        var project = request.Project ?? who.Project;
        if (request.ResultsDirectory.Length == 0)
            request = request with { ResultsDirectory = board.ResultsDirectoryOf(request.Spec.Name, project) };
        if (request.Code is not { } id)
            return request;
        return board.Code.DirectoryOf(project ?? Projects.Default, id) is { } directory
            ? request with { Spec = request.Spec with { CodeDirectory = directory } }
            : new Problem("code-unknown", "The server has no such code of this project, or does not have it any more.", "Send it again:  lodger run  does by itself.", ExitCode.NotFound);
    }

    private static Problem? Refuse(HttpRequest request, Principal who, string? project)
    {
        if (project is not null && Projects.Refuse(project) is { } noProject)
            return RequestRules.Bad(noProject);
        if (who.Project is { } own && project is not null && project != own)
            return new Problem("project-limited", $"{who.Name} is limited to the project {own}.", "Leave the project out.", ExitCode.NotAuthorized);
        return request.ContentType is "application/x-tar" ? null : RequestRules.Bad("Code is sent as a tar archive, with  Content-Type: application/x-tar");
    }
}
