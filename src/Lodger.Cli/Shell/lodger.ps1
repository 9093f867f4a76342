# Completion of lodger for PowerShell. Made by:  lodger completions powershell
Register-ArgumentCompleter -Native -CommandName lodger -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -le $cursorPosition } | ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') { $words += '' }
    & $words[0] complete -- $words[1..($words.Count - 1)] 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
        $word, $what = $_ -split "`t", 2
        $shown = if ($what) { $what } else { $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $shown)
    }
}
