using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Lodger.Server.Access;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Access;

/// <summary>Thousands of jobs are megabytes of text, which travels packed to whoever can unpack it.</summary>
public sealed class PackedAnswerTests : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData(null)]
    public async Task The_same_is_read_whichever_way_it_travels(string? packing)
    {
        await using var stage = await ServerStage.StartAsync();
        (await stage.Client.SubmitAsync(stage.Submission(), Token)).IsOk.ShouldBeTrue();
        using var board = await AskAsync(stage, "/v1/list", packing);
        board.StatusCode.ShouldBe(HttpStatusCode.OK);
        board.Content.Headers.ContentEncoding.ShouldBe(packing is null ? [] : [packing]);
        await using var packed = await board.Content.ReadAsStreamAsync(Token);
        await using var unpacked = packing switch { "br" => new BrotliStream(packed, CompressionMode.Decompress), "gzip" => new GZipStream(packed, CompressionMode.Decompress), _ => packed };
        using var text = new StreamReader(unpacked);
        (await text.ReadToEndAsync(Token)).ShouldContain("digits");
    }

    [Fact]
    public async Task Events_go_out_as_they_come()
    {
        await using var stage = await ServerStage.StartAsync();
        using var events = await AskAsync(stage, "/v1/events?live=true", "br");
        events.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        events.Content.Headers.ContentEncoding.ShouldBeEmpty();
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> AskAsync(ServerStage stage, string path, string? packing)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(await stage.OpenDoorAsync(), path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await stage.TokenAsync("anna", Scope.Read));
        if (packing is not null)
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(packing));
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }
}
